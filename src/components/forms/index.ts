/**
 * Forms: a definition is published as a frozen version; people answer it a page at a time, without an account; what they
 * send becomes a submission, a case, a confirmation and a counted transaction, all or none.
 */
export { eraseExpired } from './applications.ts';
export { checkDefinition, describeCheck, type DefinitionCheck } from './check.ts';
export { readDefinition, readDefinitionText, type Reading } from './definition.ts';
export type { DefinitionProblem, Form } from './form.ts';
export { writeDefraV2, type WrittenDefinition } from './dialects/write-defra-v2.ts';
export { putDraft } from './designer/drafts.ts';
export { makePreview } from './designer/previews.ts';
export { createFormsPart } from './part.ts';
export { eraseSubmissions, exportSubmissions, gatherPersonalData, type ExportedSubmission } from './submissions.ts';
export { publishForm } from './versions.ts';
