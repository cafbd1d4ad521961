import { sql } from 'kysely';
import { listServicesAcross } from '#organisations';
import { recordTransaction } from '#measures';
import {
  fingerprintEmail,
  forgetFiles,
  hashToken,
  isId,
  newId,
  newSecret,
  prepare,
  sealedPlace,
  together,
} from '#platform';
import type { Database, FileOwner, Keyring, Tx } from '#platform';
import type { CompiledPage, Saved } from '../versions/compile.ts';
import { formsTables } from '../database.ts';
import type { DB } from '../tables.generated.ts';
import type { Answers } from '../definition/form.ts';
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
  /** How the rows whose answers were asked for are sealed: another mark means that the page was saved again since. */
  marks: ReadonlyMap<string, Buffer>;
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
export async function startApplication(
  tx: Tx,
  serviceId: string,
  form: PublishedForm,
  offered: Beginning | null = null,
): Promise<Holder> {
  const holder = { version: form.number, ...(offered ?? newBeginning()) };
  const kept = insertApplication(tx, {
    organisationId: tx.organisationId,
    id: holder.id,
    serviceId,
    formId: form.formId,
    version: form.number,
    tokenHash: hashToken(holder.secret),
    days: form.compiled.form.expiryDays ?? applicationDays,
  });
  const started = { serviceId, transactionId: holder.id, event: 'started', channel: 'digital' } as const;
  const [inserted] = await together([kept, recordTransaction(tx, started)]);
  if (inserted.length > 0 || (await isUnanswered(tx, serviceId, holder))) return holder;
  return startApplication(tx, serviceId, form);
}

const insertApplication = prepare<
  DB,
  {
    organisationId: string;
    id: string;
    serviceId: string;
    formId: string;
    version: number;
    tokenHash: Buffer;
    days: number;
  },
  { id: string }
>('forms', (tables, value) =>
  tables
    .insertInto('applications')
    .values({
      organisation_id: value('organisationId'),
      id: value('id'),
      service_id: value('serviceId'),
      form_id: value('formId'),
      version: value('version'),
      token_hash: value('tokenHash'),
      channel: 'digital',
      expires_at: sql<string>`now() + make_interval(days => ${value('days')})`,
    })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'id']).doNothing())
    .returning('id')
    .compile(),
);

/** Whether the holder has an application of this service to which nothing was answered yet. */
async function isUnanswered(tx: Tx, serviceId: string, { id, version, secret }: Holder): Promise<boolean> {
  const tables = formsTables(tx);
  const row = await tables
    .selectFrom('applications')
    .select((of) =>
      of
        .exists(
          of
            .selectFrom('answers')
            .whereRef('answers.organisation_id', '=', 'applications.organisation_id')
            .whereRef('answers.application_id', '=', 'applications.id'),
        )
        .as('answered'),
    )
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', id)
    .where('service_id', '=', serviceId)
    .where('version', '=', version)
    .where('token_hash', '=', hashToken(secret))
    .where('submission_id', 'is', null)
    .executeTakeFirst();
  return row !== undefined && row.answered !== true;
}

/** What an application is begun with: offered with the start page, so that one that is begun twice, since the answer was lost, is one. */
export type Beginning = Pick<Holder, 'id' | 'secret'>;

export function newBeginning(): Beginning {
  return { id: newId(), secret: newSecret() };
}

export function formatBeginning({ id, secret }: Beginning): string {
  return `${id}.${secret}`;
}

/** Reads what the start page has offered; null where somebody begins without it. */
export function readBeginning(posted: unknown): Beginning | null {
  const [id = '', secret = '', ...more] = typeof posted === 'string' ? posted.split('.') : [];
  return isId(id) && /^[\w-]{43}$/.test(secret) && more.length === 0 ? { id, secret } : null;
}

/** Makes everybody else wait who would change this application, until the transaction ends. */
export async function lockApplication(tx: Tx, holder: Holder): Promise<void> {
  await lockRow(tx, { organisationId: tx.organisationId, id: holder.id });
}

const lockRow = prepare<DB, { organisationId: string; id: string }>('forms', (tables, value) =>
  tables
    .selectFrom('applications')
    .select('id')
    .where('organisation_id', '=', value('organisationId'))
    .where('id', '=', value('id'))
    .forUpdate()
    .compile(),
);

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

/** What a row of an application holds. @throws where it was sealed for another place, or with a key that is not there. */
export function openAnswers(
  keyring: Keyring,
  organisationId: string,
  applicationId: string,
  page: string,
  sealed: Buffer,
): Answers {
  return JSON.parse(keyring.open(placeOf(organisationId, applicationId, page), sealed).toString());
}

/** Where the answers of a page are sealed for. */
export function placeOf(organisationId: string, applicationId: string, page: string): string {
  return sealedPlace('forms.answers.sealed', organisationId, applicationId, page);
}
