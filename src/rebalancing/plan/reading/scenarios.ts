import { coveredMonths } from '../problem/months.ts';
import type { Plan, Problem } from '../problem/problem.ts';
import { openingCost, valueOptions } from '../problem/value.ts';
import { planGreedily } from '../solver/greedy.ts';
import { createModel } from '../solver/model.ts';

/** What would come of doing it another way. Money in minor units. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Net present value against carrying on as now; null where it leaves out something that must move. */
  readonly value: number | null;
  readonly moves: number;
}

/** The plan beside three other ways of doing it. */
export function compareScenarios(problem: Problem, plan: Plan): Scenario[] {
  const options = valueOptions(problem);
  const greedy = planGreedily(createModel(problem, options));
  const mustMove = options.some(({ staying }) => staying === undefined);
  return [
    { name: 'As planned', about: 'What the solver found.', value: plan.value, moves: plan.moves.length },
    {
      name: 'Greedy',
      about: 'What saves most for its work goes first.',
      value: greedy.unplaced().length > 0 ? null : greedy.value(),
      moves: greedy.chosen.filter((column) => column !== undefined).length,
    },
    atContractEnds(problem, options),
    {
      name: 'Renew everything',
      about: 'Nothing moves; every contract goes on as cheaply as rules allow.',
      value: mustMove ? null : options.reduce((sum, { staying }) => sum + (staying ?? 0), 0),
      moves: 0,
    },
  ];
}

/** Everything worth it moves when its contract ends, as if people and money had no limit: it cannot be done, and shows what limits cost. */
function atContractEnds(problem: Problem, options: ReturnType<typeof valueOptions>): Scenario {
  let value = 0;
  let moves = 0;
  const opened = new Set<string>();
  for (const { part, moves: possible, staying } of options) {
    const ends = part.contract === null ? 0 : coveredMonths(problem.startsOn, part.contract.endsOn);
    const best = possible
      .filter(({ end }) => end * 3 >= ends && (end - 1) * 3 < Math.max(ends, 1) + 3)
      .toSorted((one, other) => other.value - one.value)[0];
    if (best !== undefined && best.value > (staying ?? -Infinity)) {
      value += best.value;
      moves += 1;
      opened.add(best.target.id);
    } else value += staying ?? 0;
  }
  for (const target of problem.targets) {
    if (target.opening !== null && opened.has(target.id))
      value -= openingCost(problem, target, target.opening.earliest);
  }
  return {
    name: 'At each contract’s end, without limits',
    about: 'Each part moves when its contract ends, as if people and money had no limit. It cannot be done.',
    value,
    moves,
  };
}
