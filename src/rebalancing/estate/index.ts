/**
 * The estate: every system that the government runs, what it is needed for and what it costs, the contracts under it with
 * the dates by which they must be decided, suppliers and spend; who said each of these things, and when. Rows belong to
 * the government's root organisation, and a transaction can be narrowed to one department.
 */
export { areas, aboutAreas, aboutWays, ways, usualCurrency, type Area, type Way } from './areas.ts';
export {
  contractChoices,
  contractDates,
  leadMonths,
  type ContractChoice,
  type ContractDates,
  type ContractTerms,
  type Decision,
  type Extension,
} from './contracts/contract-dates.ts';
export { listContractShares, shareContract, type ContractShare } from './contracts/contract-shares.ts';
export { endContract, giveNotice, takeExtension, withdrawNotice } from './contracts/contract-steps.ts';
export {
  contractKinds,
  getContract,
  listContracts,
  saveContract,
  termsOf,
  type Contract,
  type ContractKind,
  type ContractValues,
} from './contracts/contracts.ts';
export type { ExtensionOption } from './contracts/extension-options.ts';
export { addMonths, lastDayToGive, type Period } from './contracts/months.ts';
export { pushServiceCosts } from './costs/pushed-costs.ts';
export { writeReleasePackage } from './exports/ocds.ts';
export { exportedTables, exportTable } from './exports/tables.ts';
export { findCommonNeeds, type CommonNeed } from './needs/common-needs.ts';
export { getNeed, listNeeds, saveNeed, type Need } from './needs/needs.ts';
export { listSuggestions, suggest, suggestNeeds, type Suggestion, type SuggestionKind } from './needs/suggestions.ts';
export {
  listRanges,
  saveRange,
  usualRange,
  type EstimateRange,
  type StatedRange,
} from './estimates/estimate-ranges.ts';
export { costOfMoving, costOnTarget, listTargets, saveTarget, type Mover, type Target } from './needs/targets.ts';
export { estatePage } from './pages/places.ts';
export { createEstatePart } from './part.ts';
export {
  approvalSubjectsOf,
  findBreaches,
  lifetimeCost,
  monthsBetween,
  rulesOnChoice,
  type Breach,
  type RuledContract,
} from './rules/breaches.ts';
export type { Rule, RulePack } from './rules/packs.ts';
export { listRulePacks, packOn, saveRulePack } from './rules/rule-packs.ts';
export { listRuledContracts } from './rules/ruled-contracts.ts';
export { listChanges, type Change, type Source, type Stated, type Statement } from './statements.ts';
export {
  findDepartmentOf,
  findOrAddDepartment,
  listDepartments,
  narrowToDepartment,
  type Department,
} from './suppliers/departments.ts';
export { mergeSpellings, suggestMergers, undoMerger } from './suppliers/mergers.ts';
export { nameKey } from './suppliers/names.ts';
export { recordSpend, type SpendLine } from './suppliers/spend.ts';
export { findOrAddSupplier, getSupplier, listSuppliers, type Supplier } from './suppliers/suppliers.ts';
export { addDependency, listDependencies, removeDependency, type Dependency } from './systems/dependencies.ts';
export { movePart, type Move } from './systems/moves.ts';
export { costKinds, partKinds, type CostKind, type Part, type PartKind, type PartValues } from './systems/parts.ts';
export { listServedServices, serveService, stopServing, type ServedService } from './systems/served-services.ts';
export {
  fits,
  getSystem,
  hostings,
  lifecycles,
  listSystems,
  saveSystem,
  sensitivities,
  type Saved,
  type System,
  type SystemValues,
} from './systems/systems.ts';
export { readEstate, type DatedContract, type MappedSystem, type WholeEstate } from './whole-estate.ts';
