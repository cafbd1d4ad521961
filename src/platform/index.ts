/**
 * What every part stands on: settings, database and tenancy, migrations, jobs, events, the audit trail, HTTP, errors,
 * secrets, files, identifiers, days and money. It knows nothing of departments or services.
 */
export { listAudit, recordAudit, recordMandateUse, type AuditEntry, type ShownAuditEntry } from './audit.ts';
export {
  inOneTransaction,
  isConnectionFailure,
  isDuplicate,
  openDatabase,
  openPool,
  type Actor,
  type Database,
  type DatabaseOptions,
  type ReaderTx,
  type Scope,
  type Tx,
} from './database.ts';
export { createGathering, type Gather } from './gathering.ts';
export { prepare, prepareInsert } from './prepared.ts';
export { deliverEvents, publishEvent, type Event, type Listener } from './events.ts';
export { oneOf } from './choices.ts';
export { csvLine, writeCsv, type CsvCell } from './csv-lines.ts';
export * from './files/index.ts';
export { nobody, type Access, type Gatekeeper, type Grant } from './http/access.ts';
export { addHealthRoutes } from './http/health.ts';
export { withFileOfForm } from './http/given-file.ts';
export { isMultipartForm, readForm, type ArrivingFile } from './http/multipart.ts';
export { problemAnswer } from './http/problem-schema.ts';
export {
  createServer,
  personOf,
  scopeOf,
  type PageContent,
  type PageRenderer,
  type Server,
  type ServerOptions,
  type StatedRoute,
} from './http/server.ts';
export { isId, newId, newReference, newSecret } from './ids.ts';
export {
  createImports,
  type Importer,
  type Imports,
  type ImportSource,
  type RowAside,
  type RowOutcome,
  type ShownImport,
  type SourcedRecord,
} from './imports/imports.ts';
export { RowProblem, type ImportField, type ImportMapping, type ImportRecord } from './imports/mapping.ts';
export { addImportPages, type ImportPages } from './imports/pages.ts';
export { openSheet, sheetLimits, SheetProblem, type Sheet, type SheetRow } from './imports/sheet.ts';
export { CellProblem, readAmountText, readDayText, readNumberText } from './imports/values.ts';
export {
  addJob,
  addJobs,
  countJobs,
  listTroubledJobs,
  replayJob,
  startJobs,
  type Job,
  type JobContext,
  type JobPayload,
  type Jobs,
  type TroubledJob,
} from './jobs.ts';
export { createLog, type Log } from './log.ts';
export { hasMark, type Mark } from './marks.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { migrateDatabase, missingMigrations, type PartFolder } from './migrations.ts';
export { formatMoney, type Money } from './money.ts';
export {
  sealedPlace,
  type Background,
  type Part,
  type PersonalDataHolder,
  type SealedColumn,
  type ServicePage,
  type Waiting,
  type WaitingWork,
} from './part.ts';
export { Problem, problemKinds, type ProblemKind } from './problem.ts';
export { resealAll } from './reseal.ts';
export { createKeyring, fingerprintEmail, hashToken, type Keyring } from './secrets.ts';
export { describeSettings, readSettings, SettingsProblem, type Settings } from './settings.ts';
export { addDays, createCalendar, isDay, monthNames, type Calendar } from './time.ts';
export { together } from './together.ts';
export { createWebhooks, type Webhooks } from './webhooks/webhooks.ts';
export type { WebhookAttempt, WebhookDelivery } from './webhooks/deliveries.ts';
export type { WebhookEndpoint, WebhookOwner } from './webhooks/endpoints.ts';
export { newSigningSecret, verifyWebhook } from './webhooks/signatures.ts';
