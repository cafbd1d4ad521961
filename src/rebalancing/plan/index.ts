/**
 * The plan: which part of which system moves to what, in which quarter, and what is done with each contract, so that most is
 * saved within what departments, teams and budgets can bear. A problem is plain data; a plan answers it.
 */
export { checkPlan, type Verdict } from './checker/checker.ts';
export { checkProblem } from './problem/check.ts';
export { waysFor, type MoveEstimate } from './problem/estimates.ts';
export type {
  Contract,
  ContractStep,
  Department,
  Move,
  Plan,
  Precedence,
  Problem,
  SystemPart,
  Target,
  Way,
} from './problem/problem.ts';
export { planGreedily } from './solver/greedy.ts';
export { createModel } from './solver/model.ts';
