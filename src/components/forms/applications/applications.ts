import { CompiledQuery, sql } from 'kysely';
import { listServicesAcross } from '#organisations';
import type { Service } from '#organisations';
import { recordTransaction } from '#measures';
import {
  fingerprintEmail,
  forgetFile,
  forgetFiles,
  hashToken,
  isId,
  newId,
  newSecret,
  sealedPlace,
  together,
} from '#platform';
import type { Database, FileOwner, Keyring, Tx } from '#platform';
import type { CompiledPage, PageNeeds, Saved } from '../versions/compile.ts';
import { formsTables } from '../database.ts';
import type { Answers } from '../definition/form.ts';
import { filesOf } from '../questions/file-upload.ts';
import type { PublishedForm } from '../versions/versions.ts';

/** For how long an unfinished application is kept where the form does not say. */
export const applicationDays = 28;

/** What the cookie of an application holds: whoever presents it may go on with the application. */
export interface Holder {
  id: string;
  /** Says which pages to load, before the application is: a wrong one finds nothing. Below zero a draft is tried. */
  version: number;
  secret: string;
}

export interface Application {
  id: string;
  version: number;
  submissionId: string | null;
  /** Answers of the pages that were asked for. */
  saved: Saved;
}

/** Whether only a draft is tried: nothing of it counts, and nothing is sent. */
export function isTrying({ version }: Pick<Holder, 'version'>): boolean {
  return version < 0;
}

/** What the files of an application belong to until it is sent. */
export const ownedByApplication = (id: string): FileOwner => ({ kind: 'forms.application', id });

export function formatHolder({ id, version, secret }: Holder): string {
  return `${id}.${version}.${secret}`;
}

export function parseHolder(text: string | undefined): Holder | null {
  const [id = '', version = '', secret = ''] = text?.split('.') ?? [];
  if (!isId(id) || !/^-?[1-9]\d{0,6}$/.test(version) || !/^[\w-]{43}$/.test(secret)) return null;
  return { id, version: Number(version), secret };
}

/** Begins an application on the live version, and counts a transaction as started. */
export async function startApplication(tx: Tx, serviceId: string, form: PublishedForm): Promise<Holder> {
  const holder = { id: newId(), version: form.number, secret: newSecret() };
  const kept = formsTables(tx)
    .insertInto('applications')
    .values({
      organisation_id: tx.organisationId,
      id: holder.id,
      service_id: serviceId,
      form_id: form.formId,
      version: form.number,
      token_hash: hashToken(holder.secret),
      channel: 'digital',
      expires_at: sql<string>`now() + make_interval(days => ${form.compiled.form.expiryDays ?? applicationDays})`,
    })
    .execute();
  const started = { serviceId, transactionId: holder.id, event: 'started', channel: 'digital' } as const;
  await together([kept, recordTransaction(tx, started)]);
  return holder;
}

/**
 * Loads an application with the answers of some of its pages, or null if the holder has none: never begun, another
 * service's, or expired. One journey to the database, in a transaction of its own.
 */
export async function openApplication(
  database: Database,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  needs: PageNeeds,
): Promise<Application | null> {
  const values = [
    service.organisationId,
    holder.id,
    service.id,
    holder.version,
    hashToken(holder.secret),
    needs.answers,
    needs.presence,
  ];
  // Most pages need only rows whose keys are known.
  const rows = needs.within
    ? await database.find<OpenedRow>('select * from forms.open_application($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
        ...values,
        needs.within,
        needs.names ?? [],
      ])
    : await database.find<OpenedRow>('select * from forms.open_application($1, $2, $3, $4, $5, $6, $7)', values);
  return shapeApplication(rows, keyring, service.organisationId, holder);
}

/** The same, in a transaction that goes on to do something with it. */
export async function findApplication(
  tx: Tx,
  keyring: Keyring,
  serviceId: string,
  holder: Holder,
  needs: PageNeeds,
): Promise<Application | null> {
  const { rows } = await sql<OpenedRow>`
    select * from forms.open_application(${tx.organisationId}, ${holder.id}, ${serviceId}, ${holder.version},
      ${hashToken(holder.secret)}, ${needs.answers}, ${needs.presence}, ${needs.within ?? []}, ${needs.names ?? []})`.execute(
    formsTables(tx),
  );
  return shapeApplication(rows, keyring, tx.organisationId, holder);
}

/** All that was saved of an application. */
export const everything = { answers: [], presence: [], within: [''], names: [] } satisfies PageNeeds;

interface OpenedRow {
  submission_id: string | null;
  page: string | null;
  sealed: Buffer | null;
}

function shapeApplication(
  rows: readonly OpenedRow[],
  keyring: Keyring,
  organisationId: string,
  holder: Holder,
): Application | null {
  const [first] = rows;
  if (!first) return null;
  const saved = new Map<string, Answers>();
  for (const { page, sealed } of rows) {
    if (page !== null) saved.set(page, sealed ? openAnswers(keyring, organisationId, holder.id, page, sealed) : {});
  }
  return { id: holder.id, version: holder.version, submissionId: first.submission_id, saved };
}

/** Makes everybody else wait who would change this application, until the transaction ends. */
export async function lockApplication(tx: Tx, holder: Holder): Promise<void> {
  await formsTables(tx)
    .selectFrom('applications')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', holder.id)
    .forUpdate()
    .execute();
}

/** What became of saving a page. `too early`: the page before it was not answered. */
export type Saving = 'saved' | 'sent' | 'too early' | 'unknown';

/** What was answered on a page. */
export interface SavedStep {
  page: CompiledPage;
  /** Of the page's row. */
  key: string;
  answers: Answers;
  /** Key of a page that must have been answered before, or null. */
  after: string | null;
}

/** Saves what was answered on a page, encrypted, over what was there. It is durable when this returns. */
export async function savePage(
  database: Database,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  step: SavedStep,
): Promise<Saving> {
  const { text, values } = saving(keyring, service, holder, step);
  const [row] = await database.find<{ saving: Saving }>(text, values);
  return row?.saving ?? 'unknown';
}

/** The same in the caller's transaction, which keeps something else together with the answers. */
export async function savePageTogether(
  tx: Tx,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  step: SavedStep,
): Promise<Saving> {
  const { text, values } = saving(keyring, service, holder, step);
  const { rows } = await formsTables(tx).executeQuery<{ saving: Saving }>(CompiledQuery.raw(text, [...values]));
  return rows[0]?.saving ?? 'unknown';
}

function saving(
  keyring: Keyring,
  { organisationId, id }: Service,
  holder: Holder,
  { page, key, answers, after }: SavedStep,
): { text: string; values: readonly unknown[] } {
  const email = emailOf([page], answers);
  return {
    text: 'select forms.save_page($1, $2, $3, $4, $5, $6, $7, $8, $9) as saving',
    values: [
      organisationId,
      holder.id,
      id,
      holder.version,
      hashToken(holder.secret),
      key,
      keyring.seal(placeOf(organisationId, holder.id, key), JSON.stringify(answers)),
      email === null ? null : fingerprintEmail(keyring, email),
      after,
    ],
  };
}

/** Removes what was answered about one of the things that were added, and their files: the rows whose keys begin so. */
export async function removeItem(
  tx: Tx,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  beginning: string,
): Promise<'removed' | 'sent' | 'unknown'> {
  await lockApplication(tx, holder);
  const needs = { answers: [], presence: [], within: [beginning] };
  const application = await findApplication(tx, keyring, service.id, holder, needs);
  if (!application) return 'unknown';
  if (application.submissionId !== null) return 'sent';
  for (const answers of application.saved.values()) {
    for (const answer of Object.values(answers)) for (const { id } of filesOf(answer)) await forgetFile(tx, id);
  }
  await formsTables(tx)
    .deleteFrom('answers')
    .where('organisation_id', '=', tx.organisationId)
    .where('application_id', '=', holder.id)
    .where('page', 'in', [...application.saved.keys(), beginning])
    .execute();
  return 'removed';
}

/** Everything that was saved of an application, by the keys of its rows. */
export async function savedOf(tx: Tx, keyring: Keyring, id: string): Promise<Saved> {
  const rows = await formsTables(tx)
    .selectFrom('answers')
    .select(['page', 'sealed'])
    .where('organisation_id', '=', tx.organisationId)
    .where('application_id', '=', id)
    .orderBy('page')
    .execute();
  return new Map(rows.map(({ page, sealed }) => [page, openAnswers(keyring, tx.organisationId, id, page, sealed)]));
}

/** Puts an application on another version, with other rows in place of its own. */
export async function replaceSaved(
  tx: Tx,
  keyring: Keyring,
  id: string,
  { form, saved }: { form: PublishedForm; saved: Saved },
): Promise<void> {
  const { organisationId } = tx;
  const tables = formsTables(tx);
  await tables
    .updateTable('applications')
    .set({ version: form.number })
    .where('organisation_id', '=', organisationId)
    .where('id', '=', id)
    .execute();
  const kept = await tables
    .deleteFrom('answers')
    .where('organisation_id', '=', organisationId)
    .where('application_id', '=', id)
    .returning(['email_fingerprint'])
    .execute();
  // Whoever asks for their data is found by it, whichever page holds the address now.
  const fingerprint = kept.find((row) => row.email_fingerprint !== null)?.email_fingerprint ?? null;
  await insertRows(tx, keyring, id, saved, (_answers, index) => (index === 0 ? fingerprint : null));
}

/** Saves rows of an application that has none yet. */
export async function saveFirstRows(
  tx: Tx,
  keyring: Keyring,
  id: string,
  { form, saved }: { form: PublishedForm; saved: Saved },
): Promise<void> {
  await insertRows(tx, keyring, id, saved, (answers) => {
    const email = emailOf(form.compiled.pages, answers);
    return email === null ? null : fingerprintEmail(keyring, email);
  });
}

async function insertRows(
  tx: Tx,
  keyring: Keyring,
  id: string,
  saved: Saved,
  fingerprintOf: (answers: Answers, index: number) => Buffer | null,
): Promise<void> {
  if (saved.size === 0) return;
  const { organisationId } = tx;
  await formsTables(tx)
    .insertInto('answers')
    .values(
      [...saved].map(([page, answers], index) => ({
        organisation_id: organisationId,
        application_id: id,
        page,
        sealed: keyring.seal(placeOf(organisationId, id, page), JSON.stringify(answers)),
        email_fingerprint: fingerprintOf(answers, index),
      })),
    )
    .execute();
}

/** The first e-mail address that was answered on these pages: the applicant's. */
export function emailOf(pages: readonly CompiledPage[], answers: Answers): string | null {
  for (const { questions } of pages) {
    for (const { question } of questions) {
      const answer = answers[question.key];
      if (question.kind === 'email' && typeof answer === 'string') return answer;
    }
  }
  return null;
}

/** How many applications are erased in one transaction. */
const erasedAtOnce = 200;

/**
 * Removes applications that nobody finished in time, of every organisation: each counts as a transaction that failed.
 * Those that were sent go as well, since the submission holds what they held. Says how many.
 */
export async function eraseExpired(database: Database): Promise<number> {
  const organisations = new Set((await listServicesAcross(database)).map(({ organisationId }) => organisationId));
  let erased = 0;
  for (const organisationId of organisations) {
    const scope = { organisationId, actor: { kind: 'system', name: 'forms.erase-expired' } } as const;
    let batch: number;
    do {
      batch = await database.transact(scope, eraseSomeExpired);
      erased += batch;
    } while (batch === erasedAtOnce);
  }
  return erased;
}

async function eraseSomeExpired(tx: Tx): Promise<number> {
  const tables = formsTables(tx);
  const expired = await tables
    .selectFrom('applications')
    .select(['id', 'service_id', 'submission_id', 'version'])
    .where('organisation_id', '=', tx.organisationId)
    .where('expires_at', '<', sql<string>`now()`)
    .orderBy('expires_at')
    .limit(erasedAtOnce)
    .forUpdate()
    .execute();
  for (const { id, service_id: serviceId, submission_id: submissionId, version } of expired) {
    if (submissionId !== null || isTrying({ version })) continue;
    await recordTransaction(tx, { serviceId, transactionId: id, event: 'failed', channel: 'digital' });
  }
  const ids = expired.map(({ id }) => id);
  for (const id of ids) await forgetFiles(tx, ownedByApplication(id));
  if (ids.length > 0) {
    await tables
      .deleteFrom('applications')
      .where('organisation_id', '=', tx.organisationId)
      .where('id', 'in', ids)
      .execute();
  }
  return expired.length;
}

/** Removes an application with its answers: nothing of it is left. */
export async function removeApplication(tx: Tx, id: string): Promise<void> {
  await forgetFiles(tx, ownedByApplication(id));
  await formsTables(tx)
    .deleteFrom('applications')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .execute();
}

/** What is kept of a person in applications that were not sent, as they would read it. */
export async function gatherApplications(
  tx: Tx,
  keyring: Keyring,
  email: string,
): Promise<Readonly<Record<string, unknown>>[]> {
  const rows = await formsTables(tx)
    .selectFrom('applications')
    .innerJoin('answers', (join) =>
      join
        .onRef('answers.organisation_id', '=', 'applications.organisation_id')
        .onRef('answers.application_id', '=', 'applications.id'),
    )
    .select(['applications.id', 'applications.started_at', 'applications.expires_at', 'answers.page', 'answers.sealed'])
    .where('applications.organisation_id', '=', tx.organisationId)
    .where('applications.id', 'in', (from) =>
      from
        .selectFrom('answers')
        .select('application_id')
        .where('organisation_id', '=', tx.organisationId)
        .where('email_fingerprint', '=', fingerprintEmail(keyring, email)),
    )
    .orderBy('applications.id')
    .execute();
  const found = new Map<string, { startedAt: string; expiresAt: string; answers: Answers }>();
  for (const row of rows) {
    const before = found.get(row.id);
    const answers = { ...before?.answers, ...openAnswers(keyring, tx.organisationId, row.id, row.page, row.sealed) };
    found.set(row.id, { startedAt: row.started_at, expiresAt: row.expires_at, answers });
  }
  return [...found.values()].map((application) => ({ kind: 'application in progress', ...application }));
}

function openAnswers(
  keyring: Keyring,
  organisationId: string,
  applicationId: string,
  page: string,
  sealed: Buffer,
): Answers {
  return JSON.parse(keyring.open(placeOf(organisationId, applicationId, page), sealed).toString());
}

function placeOf(organisationId: string, applicationId: string, page: string): string {
  return sealedPlace('forms.answers.sealed', organisationId, applicationId, page);
}
