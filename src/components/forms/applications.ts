import { sql } from 'kysely';
import { listServicesAcross } from '#organisations';
import { recordTransaction } from '#measures';
import { fingerprintEmail, hashToken, isId, newId, newSecret, sealedPlace } from '#platform';
import type { Database, Keyring, Tx } from '#platform';
import type { CompiledPage, PageNeeds, Saved } from './compile.ts';
import { formsTables } from './database.ts';
import type { Answers } from './form.ts';
import type { PublishedForm } from './versions.ts';

/** For how long an unfinished application is kept. */
export const applicationDays = 28;

/** What the cookie of an application holds: whoever presents it may go on with the application. */
export interface Holder {
  id: string;
  /** Says which pages to load, before the application is: a wrong one finds nothing. */
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

export function formatHolder({ id, version, secret }: Holder): string {
  return `${id}.${version}.${secret}`;
}

export function parseHolder(text: string | undefined): Holder | null {
  const [id = '', version = '', secret = ''] = text?.split('.') ?? [];
  if (!isId(id) || !/^[1-9]\d{0,6}$/.test(version) || !/^[\w-]{43}$/.test(secret)) return null;
  return { id, version: Number(version), secret };
}

/** Begins an application on the live version, and counts a transaction as started. */
export async function startApplication(tx: Tx, serviceId: string, form: PublishedForm): Promise<Holder> {
  const holder = { id: newId(), version: form.number, secret: newSecret() };
  await formsTables(tx)
    .insertInto('applications')
    .values({
      organisation_id: tx.organisationId,
      id: holder.id,
      service_id: serviceId,
      form_id: form.formId,
      version: form.number,
      token_hash: hashToken(holder.secret),
      channel: 'digital',
      expires_at: sql<string>`now() + make_interval(days => ${applicationDays})`,
    })
    .execute();
  await recordTransaction(tx, { serviceId, transactionId: holder.id, event: 'started', channel: 'digital' });
  return holder;
}

/**
 * Loads an application with the answers of some of its pages, or null if the holder has none: never begun, another
 * service's, or expired.
 */
export async function findApplication(
  tx: Tx,
  keyring: Keyring,
  serviceId: string,
  holder: Holder,
  needs: PageNeeds,
): Promise<Application | null> {
  const { answers, presence } = needs;
  const { rows } = await sql<{
    submission_id: string | null;
    page: string | null;
    sealed: Buffer | null;
  }>`select a.submission_id, s.page, case when s.page = any(${answers}) then s.sealed end as sealed
       from forms.applications a
       left join forms.answers s
         on s.organisation_id = a.organisation_id and s.application_id = a.id and s.page = any(${[...answers, ...presence]})
      where a.organisation_id = ${tx.organisationId} and a.id = ${holder.id} and a.service_id = ${serviceId}
        and a.version = ${holder.version} and a.token_hash = ${hashToken(holder.secret)} and a.expires_at > now()`.execute(
    formsTables(tx),
  );
  const [first] = rows;
  if (!first) return null;
  const saved = new Map<string, Answers>();
  for (const { page, sealed } of rows) {
    if (page !== null) saved.set(page, sealed ? openAnswers(tx, keyring, holder.id, page, sealed) : {});
  }
  return { id: holder.id, version: holder.version, submissionId: first.submission_id, saved };
}

/** The same with every page's answers, for check your answers. */
export async function findWholeApplication(
  tx: Tx,
  keyring: Keyring,
  serviceId: string,
  holder: Holder,
  pages: readonly CompiledPage[],
): Promise<Application | null> {
  return findApplication(tx, keyring, serviceId, holder, { answers: pages.map(({ slug }) => slug), presence: [] });
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

/** Saves what was answered on a page, encrypted, over what was there. */
export async function savePage(
  tx: Tx,
  keyring: Keyring,
  applicationId: string,
  page: CompiledPage,
  answers: Answers,
): Promise<void> {
  const place = sealedPlace('forms.answers.sealed', tx.organisationId, applicationId, page.slug);
  const sealed = keyring.seal(place, JSON.stringify(answers));
  const email = emailOf([page], answers);
  const fingerprint = email === null ? null : fingerprintEmail(keyring, email);
  await sql`insert into forms.answers (organisation_id, application_id, page, sealed, email_fingerprint)
            values (${tx.organisationId}, ${applicationId}, ${page.slug}, ${sealed}, ${fingerprint})
            on conflict (organisation_id, application_id, page) do update
              set sealed = excluded.sealed, email_fingerprint = excluded.email_fingerprint, saved_at = now()`.execute(
    formsTables(tx),
  );
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

/** Removes applications that nobody finished in time, of every organisation. Says how many. */
export async function eraseExpired(database: Database): Promise<number> {
  const organisations = new Set((await listServicesAcross(database)).map(({ organisationId }) => organisationId));
  let erased = 0;
  for (const organisationId of organisations) {
    const scope = { organisationId, actor: { kind: 'system', name: 'forms.erase-expired' } } as const;
    erased += await database.transact(scope, async (tx) => {
      const { numDeletedRows } = await formsTables(tx)
        .deleteFrom('applications')
        .where('organisation_id', '=', tx.organisationId)
        .where('expires_at', '<', sql<string>`now()`)
        .executeTakeFirst();
      return Number(numDeletedRows);
    });
  }
  return erased;
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
    const answers = { ...before?.answers, ...openAnswers(tx, keyring, row.id, row.page, row.sealed) };
    found.set(row.id, { startedAt: row.started_at, expiresAt: row.expires_at, answers });
  }
  return [...found.values()].map((application) => ({ kind: 'application in progress', ...application }));
}

function openAnswers(tx: Tx, keyring: Keyring, applicationId: string, page: string, sealed: Buffer): Answers {
  const place = sealedPlace('forms.answers.sealed', tx.organisationId, applicationId, page);
  return JSON.parse(keyring.open(place, sealed).toString());
}
