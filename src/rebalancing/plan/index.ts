/**
 * The plan: which part of which system moves to what, in which quarter, and what is done with each contract, so that most is
 * saved within what departments, teams and budgets can bear. A problem is plain data; a plan answers it.
 */
export { digitsOf } from './currency.ts';
export { keepCommitted } from './moving/commitments.ts';
export { checkPlan, type Verdict } from './checker/checker.ts';
export { checkProblem } from './problem/check.ts';
export { readProblem } from './problem/read.ts';
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
export { createPlanPart } from './part.ts';
export { stateProblem, usualSettings, type PlanSettings } from './estate/estate-problem.ts';
export { adoptPlan, findPlan, type AdoptedPlan } from './plans/plans.ts';
export { comparePlans, type PlanChange } from './reading/changes.ts';
export { getRun, solveRun, startRun } from './plans/runs.ts';
export { addCheck, listChecks, settleCheck, type Check } from './moving/checks.ts';
export { enterCost, listCosts, transitionCostKinds, type TransitionCost } from './moving/costs.ts';
export { beginTransition, completeTransition, giveNoticeOf } from './moving/moves.ts';
export type { Promised, PromisedQuarter } from './moving/promise.ts';
export { listSavings, stateSaving, verifySaving, type ActualSaving } from './moving/savings.ts';
export { getTransition, listPromises, listTransitions, type Transition } from './moving/transitions.ts';
export { addWave, listWaves, moveWave, type Wave } from './moving/waves.ts';
export { planPage } from './pages/plan-frame.ts';
export { readPlanSettings, savePlanSettings } from './plans/settings.ts';
export { tabulatePlan, writePlanCsv } from './plans/table.ts';
export { solveInThread } from './solver/solver-thread.ts';
export { gapOf, type Progress, type Solution } from './solver/solve.ts';
export { planGreedily } from './solver/greedy.ts';
export { createModel } from './solver/model.ts';
