import { dayOfMonth } from '../problem/months.ts';
import type { ContractAction, Plan, Problem } from '../problem/problem.ts';
import { findRuledActs } from './ruled-acts.ts';

/** An approval that a plan needs: for what, of whom, and by when it has to be asked for. Money in minor units. */
export interface ApprovalToAsk {
  readonly partId: string;
  /** The move, or what is done with the contract, that needs it. */
  readonly action: ContractAction | 'move';
  /** The name of the contract, or of the part that moves; of pieces that are asked for together, of their need. */
  readonly of: string;
  readonly department: string;
  /** How many things it is asked for: more than one where a plan does the same with several pieces of one need. */
  readonly things: number;
  /** Where a part moves to; null for what is done with a contract. */
  readonly to: string | null;
  readonly by: string;
  /** The last day to ask, and the day from which on it is needed. */
  readonly askBy: string;
  readonly neededOn: string;
  /** What it comes to over its life; where pieces of one need are added up, those of the plan and all others together. */
  readonly amount: number;
  readonly pieces: number;
  /** The rules that ask for it, in words. */
  readonly rules: readonly string[];
  /** That it cannot be there in time: the plan goes on without it at its price, or there was no time left. */
  readonly isLate: boolean;
}

/** One thing for which an approval is needed: the contract or part that it is, and the need that it is a piece of. */
type EachApproval = ApprovalToAsk & { readonly need: string; readonly thing: string };

/**
 * The approvals that a plan needs, the first to ask for first: one for each thing, whatever number of rules asks for it, and
 * one for all pieces of a need of a department with which the same is done: in pieces they would need none.
 */
export function readApprovals(problem: Problem, plan: Plan): ApprovalToAsk[] {
  const together = Map.groupBy(listApprovals(problem, plan), (each) => {
    const { thing, action, neededOn, department, need, to, pieces, rules, isLate } = each;
    const key = pieces === 1 ? [action, neededOn, thing] : [action, department, need, to, isLate, ...rules];
    return key.join('\n');
  });
  return [...together.values()]
    .flatMap((each): ApprovalToAsk[] => {
      const things = new Set(each.map(({ thing }) => thing)).size;
      // A contract of two parts is one thing; one that is extended twice is approved twice.
      const days = new Map(each.toSorted(byDay).map((one) => [one.neededOn, one]));
      const alone = [...days.values()].map(({ need: _need, thing: _thing, ...one }) => one);
      const [first] = alone;
      if (things === 1 || first === undefined) return alone;
      return [
        { ...first, of: each[0]?.need ?? first.of, things, amount: Math.max(...each.map(({ amount }) => amount)) },
      ];
    })
    .toSorted(byDay);
}

/** The approvals that a plan needs for each thing by itself, in the order of its parts. */
export function listApprovals(problem: Problem, plan: Plan): EachApproval[] {
  const wayOf = new Map(plan.moves.map(({ partId, wayId }) => [partId, wayId]));
  const targets = new Map(problem.targets.map(({ id, name }) => [id, name]));
  const departments = new Map(problem.departments.map(({ id, name }) => [id, name]));
  return findRuledActs(problem, plan).flatMap(({ part, action, month, findings }): EachApproval[] => {
    const needed = findings.flatMap(({ rule, isBroken, approval }) =>
      approval === null ? [] : [{ rule, isBroken, ...approval }],
    );
    const [first] = needed;
    if (first === undefined) return [];
    const way = part.ways.find(({ id }) => id === wayOf.get(part.id));
    return [
      {
        partId: part.id,
        action,
        of: action === 'move' ? part.name : (part.contract?.name ?? part.name),
        need: part.need,
        department: departments.get(part.departmentId) ?? '',
        thing: action === 'move' ? part.id : (part.contract?.id ?? part.id),
        things: 1,
        to: action === 'move' ? (targets.get(way?.targetId ?? '') ?? null) : null,
        by: [...new Set(needed.map(({ by }) => by))].join(', '),
        askBy: dayOfMonth(problem.startsOn, Math.min(...needed.map(({ askByMonth }) => askByMonth))),
        neededOn: dayOfMonth(problem.startsOn, month),
        amount: Math.round(Math.max(...needed.map(({ amount }) => amount))),
        pieces: Math.max(...needed.map(({ pieces }) => pieces)),
        rules: needed.map(({ rule }) => rule.title),
        isLate: needed.some(({ isBroken }) => isBroken),
      },
    ];
  });
}

function byDay(one: ApprovalToAsk, other: ApprovalToAsk): number {
  return one.askBy < other.askBy ? -1 : one.askBy > other.askBy ? 1 : 0;
}
