import { actsOf } from '../problem/contract-acts.ts';
import type { ContractAction, Plan, Problem, SystemPart } from '../problem/problem.ts';
import { rulesOf, type RuleFinding } from '../problem/rules.ts';

/** Something that a plan does of which a rule of spending says something. */
export interface RuledAct {
  readonly part: SystemPart;
  /** What is done with its contract, or that it moves. */
  readonly action: ContractAction | 'move';
  /** From when on it has effect, in months from the start of the plan. */
  readonly month: number;
  readonly findings: readonly RuleFinding[];
}

/** Everything that a plan does of which a rule says something, in the order of its parts. */
export function findRuledActs(problem: Problem, plan: Plan): RuledAct[] {
  const book = rulesOf(problem);
  const moves = new Map(plan.moves.map((move) => [move.partId, move]));
  const steps = new Map([...plan.moves, ...plan.stays].map((each) => [each.partId, each.steps]));
  return problem.parts.flatMap((part) => {
    const acts: RuledAct[] = [];
    const { contract } = part;
    if (contract !== null) {
      for (const act of actsOf(problem, contract, steps.get(part.id) ?? [])) {
        const { action, month } = act;
        acts.push({ part, action, month, findings: book.onAct(part, contract, act) });
      }
    }
    const move = moves.get(part.id);
    const way = part.ways.find(({ id }) => id === move?.wayId);
    if (move !== undefined && way !== undefined) {
      const findings = book.onMove(part, way, move.startQuarter);
      acts.push({ part, action: 'move', month: move.startQuarter * 3, findings });
    }
    return acts.filter(({ findings }) => findings.length > 0);
  });
}
