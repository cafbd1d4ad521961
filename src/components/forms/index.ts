/**
 * Forms: a definition is published as a frozen version; people answer it a page at a time, without an account; what they
 * send becomes a submission, a case, a confirmation and a counted transaction, all or none.
 */
export { eraseExpired } from './applications/applications.ts';
export { checkDefinition, describeCheck, type DefinitionCheck } from './check/check.ts';
export { readDefinition, readDefinitionText, type Reading } from './definition/definition.ts';
export type { DefinitionProblem, Form } from './definition/form.ts';
export { writeDefraV2, type WrittenDefinition } from './definition/dialects/write-defra-v2.ts';
export { putDraft } from './designer/drafts.ts';
export { makePreview } from './designer/previews.ts';
export { keepPageCounts, type PageCount } from './funnel/counting.ts';
export { createFormsPart } from './part.ts';
export {
  eraseSubmissions,
  exportSubmissions,
  gatherPersonalData,
  type ExportedSubmission,
} from './applications/submissions.ts';
export { publishForm } from './versions/versions.ts';
