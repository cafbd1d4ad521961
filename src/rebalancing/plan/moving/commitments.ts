import type { Tx } from '#platform';
import type { FixedDate, Problem, SystemPart, Way } from '../problem/problem.ts';
import { listCosts } from './costs.ts';
import { listTransitions, type PromisedTransition } from './transitions.ts';

/** A transition that a new plan leaves as it is, and what was spent on the work of moving so far, in minor units. */
interface Commitment {
  readonly transition: PromisedTransition;
  readonly spent: number;
}

/**
 * States what is committed in a problem: a move that is under way goes on to its target, and what is left of it is planned;
 * of those that are only planned the ones that begin before `keepUntil` keep their quarter.
 *
 * @param keepUntil an ISO date; null where nothing but what is under way is kept.
 */
export async function keepCommitted(tx: Tx, problem: Problem, keepUntil: string | null): Promise<Problem> {
  const open = await listTransitions(tx, ['planned', 'under way']);
  const kept = open.filter(
    ({ state, promise }) => state === 'under way' || (keepUntil !== null && promise.beginsOn < keepUntil),
  );
  const commitments = new Map<string, Commitment>();
  for (const transition of kept) {
    const costs = transition.state === 'under way' ? await listCosts(tx, transition.id) : [];
    const spent = costs.reduce((sum, { kind, amount }) => (kind === 'moving' ? sum + amount : sum), 0);
    commitments.set(transition.partId, { transition, spent });
  }
  const fixed: FixedDate[] = [];
  const parts = problem.parts.map((part) => {
    const commitment = commitments.get(part.id);
    const committed = commitment === undefined ? undefined : commit(problem, part, commitment);
    if (committed === undefined) return part;
    fixed.push(committed.fixed);
    return { ...part, ways: [committed.way] };
  });
  const said = new Set(fixed.map(({ partId }) => partId));
  // A move that has begun waits for nothing any more.
  const begun = new Set(kept.flatMap(({ state, partId }) => (state === 'under way' ? [partId] : [])));
  return {
    ...problem,
    parts,
    precedence: problem.precedence.filter(({ after }) => !begun.has(after)),
    fixed: [...problem.fixed.filter(({ partId }) => !said.has(partId)), ...fixed],
  };
}

/** The one way that is left to a part, and when; undefined where its target is not offered any more. */
function commit(
  problem: Problem,
  part: SystemPart,
  { transition, spent }: Commitment,
): { way: Way; fixed: FixedDate } | undefined {
  const way = part.ways.find(({ targetId }) => targetId === transition.targetId);
  if (way === undefined) return undefined;
  const { promise, state, begunOn } = transition;
  const begins = begunOn ?? promise.beginsOn;
  const startQuarter = Math.max(0, quartersBetween(problem.startsOn, begins));
  if (state === 'planned') {
    const because = `Plan ${promise.planNumber} begins it on ${promise.beginsOn}, and that is kept.`;
    return { way, fixed: { partId: part.id, startQuarter, wayId: way.id, because } };
  }
  const hasBegun = begins < problem.startsOn;
  const left = hasBegun ? Math.max(1, quartersBetween(problem.startsOn, promise.endsOn)) : way.quarters;
  const quarters = Math.min(left, problem.quarters - startQuarter);
  return {
    way: {
      ...way,
      quarters,
      dualQuarters: Math.min(way.dualQuarters, quarters),
      movingCost: Math.max(0, promise.movingCost - spent),
      isBegun: true,
    },
    fixed: { partId: part.id, startQuarter, wayId: way.id, because: `It is under way since ${begins}.` },
  };
}

/** Whole quarters from one day to another; below zero where that is before it. */
function quartersBetween(from: string, to: string): number {
  const months =
    (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7));
  return Math.floor(months / 3);
}
