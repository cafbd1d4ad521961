/**
 * Measures: every service's transactions, as they are started, completed or fail in whichever channel; what the service
 * costs; how satisfied people were; and what moving its systems was to save and has saved. Other parts record them in
 * their own transactions, departments' systems by API.
 */
export { qualities, type CostKind, type Quality } from './costs/costs.ts';
export { correctCost, enterCost, listCosts, type CostValues } from './costs/entered-costs.ts';
export { recordSystemCost, withdrawSystemCost, type SystemCost } from './costs/system-costs.ts';
export {
  countTransactions,
  figuresFor,
  type Count,
  type Counts,
  type DayCount,
  type Figure,
} from './counting/transaction-counts.ts';
export { countService as countServiceDays } from './counting/counting.ts';
export { findOwnPopulation, readFigures } from './figures/population.ts';
export { publishService as publishServiceFigures } from './figures/publication.ts';
export { importHistoryFile, type HistoryAbout, type HistoryImport } from './history/histories.ts';
export { countAll, publishAll } from './jobs.ts';
export { createMeasuresPart } from './part.ts';
export {
  addQuarters,
  daysOf,
  formatQuarter,
  isQuarter,
  quarterOf,
  quartersBetween,
  readQuarter,
  type Quarter,
} from './quarters.ts';
export { correctTransaction, type Correction } from './recording/corrections.ts';
export {
  opinionMoments,
  ratings,
  recordOpinions,
  recordSatisfaction,
  type Opinion,
  type Rating,
} from './recording/opinions.ts';
export { createRecorder, type Recorder } from './recording/recorder.ts';
export {
  channels,
  recordTransaction,
  recordTransactions,
  type Channel,
  type TransactionEvent,
  type TransactionRecord,
} from './recording/transactions.ts';
export { recordUnitCharge, recordUnitCharges, type UnitCharge } from './recording/unit-charges.ts';
export {
  outcomes,
  recordActualSaving,
  recordBaseline,
  recordOneOffCost,
  recordPlannedSaving,
  type Baseline,
  type Outcome,
  type Saving,
} from './savings/ledger.ts';
export { recordTransition, type Transition } from './savings/transitions.ts';
