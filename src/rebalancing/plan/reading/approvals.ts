import { dayOfMonth } from '../problem/months.ts';
import type { ContractAction, Plan, Problem } from '../problem/problem.ts';
import { findRuledDeeds } from './findings.ts';

/** An approval that a plan needs: for what, of whom, and by when it has to be asked for. Money in minor units. */
export interface ApprovalToAsk {
  readonly partId: string;
  /** The move, or what is done with the contract, that needs it. */
  readonly action: ContractAction | 'move';
  /** The name of the contract, or of the part that moves. */
  readonly of: string;
  /** Where a part moves to; null for what is done with a contract. */
  readonly to: string | null;
  readonly by: string;
  /** The last day to ask, and the day from which on it is needed. */
  readonly askBy: string;
  readonly neededOn: string;
  /** What it is asked for, over its life; where pieces of one need are added up, what they come to together. */
  readonly amount: number;
  readonly pieces: number;
  /** The rules that ask for it, in words. */
  readonly rules: readonly string[];
  /** That it cannot be there in time: the plan goes on without it at its price, or there was no time left. */
  readonly isLate: boolean;
}

/** The approvals that a plan needs, the first to ask for first: one for each thing, whatever number of rules asks for it. */
export function readApprovals(problem: Problem, plan: Plan): ApprovalToAsk[] {
  const wayOf = new Map(plan.moves.map(({ partId, wayId }) => [partId, wayId]));
  const targets = new Map(problem.targets.map(({ id, name }) => [id, name]));
  return findRuledDeeds(problem, plan)
    .flatMap(({ part, action, month, findings }): ApprovalToAsk[] => {
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
    })
    .toSorted((one, other) => (one.askBy < other.askBy ? -1 : one.askBy > other.askBy ? 1 : 0));
}
