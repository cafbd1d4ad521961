import { sql } from 'kysely';
import { listServicesAcross } from '#organisations';
import type { Service } from '#organisations';
import { fingerprintEmail, hashToken, newId, newSecret, Problem, sealedPlace } from '#platform';
import type { Calendar, Database, Keyring, Tx } from '#platform';
import { emailOf, saveFirstRows, startApplication } from '../applications/applications.ts';
import type { Holder } from '../applications/applications.ts';
import { formsTables } from '../database.ts';
import type { JsonObject } from '../definition/form.ts';
import type { PublishedForm } from '../versions/versions.ts';
import { fillIn } from './filled-in.ts';

/** For how many days a link works, where the caller does not say, and at most. */
export const usualDays = 14;
export const mostDays = 90;

/** What is encrypted of a link: nothing of it can be read without the key that is not in the database. */
interface Content {
  token: string;
  answers: JsonObject;
  from: string;
}

export interface NewPrefill {
  service: Service;
  form: PublishedForm;
  answers: JsonObject;
  /** Whom the answers come from, as the person reads it. */
  from: string;
  days: number;
  reference: string | null;
  /** Name of the key. */
  madeBy: string;
}

/**
 * Makes a link that begins an application with answers filled in. Made again with the same reference, the link stays, with
 * the newest answers and time.
 *
 * @returns the secret at the end of the link, and the ISO time until which it works.
 * @throws Problem unprocessable, with each place, where an answer does not fit the live form.
 */
export async function makePrefill(
  tx: Tx,
  { keyring, calendar }: { keyring: Keyring; calendar: Calendar },
  { service, form, answers, from, days, reference, madeBy }: NewPrefill,
): Promise<{ token: string; expiresAt: string }> {
  checkAnswers(form, answers, calendar.today());
  const before = reference === null ? undefined : await findByReference(tx, service.id, reference);
  const id = before?.id ?? newId();
  const token = before ? openContent(tx, keyring, before).token : newSecret();
  const { rows } = fillIn(form.compiled, answers, { from, today: calendar.today() });
  const email = [...rows.values()].map((row) => emailOf(form.compiled.pages, row)).find((each) => each !== null);
  const values = {
    token_hash: hashToken(token),
    sealed: keyring.seal(placeOf(tx, id), JSON.stringify({ token, answers, from } satisfies Content)),
    email_fingerprint: email === undefined ? null : fingerprintEmail(keyring, email),
    made_by: madeBy,
    expires_at: sql<string>`now() + make_interval(days => ${days})`,
  };
  const row = before
    ? await formsTables(tx)
        .updateTable('prefills')
        .set({ ...values, application_id: null })
        .where('organisation_id', '=', tx.organisationId)
        .where('id', '=', id)
        .returning('expires_at')
        .executeTakeFirst()
    : await formsTables(tx)
        .insertInto('prefills')
        .values({ organisation_id: tx.organisationId, id, service_id: service.id, reference, ...values })
        .onConflict((conflict) => conflict.columns(['organisation_id', 'service_id', 'reference']).doNothing())
        .returning('expires_at')
        .executeTakeFirst();
  if (row) return { token, expiresAt: row.expires_at };
  // The same call came twice at once, and the other one was quicker: its link is this one's.
  return makePrefill(tx, { keyring, calendar }, { service, form, answers, from, days, reference, madeBy });
}

/**
 * Says what of some answers does not fit a form.
 *
 * @throws Problem unprocessable, with each place.
 */
export function checkAnswers(form: PublishedForm, answers: JsonObject, today: string): void {
  const { problems } = fillIn(form.compiled, answers, { from: '', today });
  if (problems.length === 0) return;
  throw new Problem('unprocessable', {
    title: 'Some answers cannot be filled in',
    message: 'Correct each answer that is named, or leave it out.',
    places: problems.map(({ place, message }) => ({ place: `/answers${place}`, message })),
  });
}

/** Whom the answers of a link come from; null where it has expired, was used up or never was. */
export async function findPrefill(
  tx: Tx,
  keyring: Keyring,
  serviceId: string,
  token: string,
): Promise<{ from: string } | null> {
  const row = await findByToken(tx, serviceId, token);
  return row ? { from: openContent(tx, keyring, row).from } : null;
}

/**
 * Begins an application with the answers of a link, on the live version: what does not fit that any more is left out.
 *
 * @returns null where the link has expired, was used up or never was.
 */
export async function startFilledIn(
  tx: Tx,
  { keyring, today }: { keyring: Keyring; today: string },
  { service, form, token }: { service: Service; form: PublishedForm; token: string },
): Promise<Holder | null> {
  const row = await findByToken(tx, service.id, token);
  if (!row) return null;
  const { answers, from } = openContent(tx, keyring, row);
  const holder = await startApplication(tx, service.id, form);
  await saveFirstRows(tx, keyring, holder.id, { form, saved: fillIn(form.compiled, answers, { from, today }).rows });
  await formsTables(tx)
    .updateTable('prefills')
    .set({ application_id: holder.id })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', row.id)
    .execute();
  return holder;
}

/** The links of a service that still work. */
export async function countPrefills(tx: Tx, serviceId: string): Promise<number> {
  const { count } = await formsTables(tx)
    .selectFrom('prefills')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('expires_at', '>', sql<string>`now()`)
    .executeTakeFirstOrThrow();
  return count;
}

/** Ends a link before its time. Says whether there was one. */
export async function removePrefill(tx: Tx, serviceId: string, reference: string): Promise<boolean> {
  const { numDeletedRows } = await formsTables(tx)
    .deleteFrom('prefills')
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('reference', '=', reference)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Removes links that have expired, of every organisation. Says how many. */
export async function erasePrefills(database: Database): Promise<number> {
  const organisations = new Set((await listServicesAcross(database)).map(({ organisationId }) => organisationId));
  let erased = 0;
  for (const organisationId of organisations) {
    const scope = { organisationId, actor: { kind: 'system', name: 'forms.erase-prefills' } } as const;
    const { numDeletedRows } = await database.transact(scope, (tx) =>
      formsTables(tx)
        .deleteFrom('prefills')
        .where('organisation_id', '=', tx.organisationId)
        .where('expires_at', '<=', sql<string>`now()`)
        .executeTakeFirst(),
    );
    erased += Number(numDeletedRows);
  }
  return erased;
}

/** What is kept of a person in links that were not used yet, as they would read it. */
export async function gatherPrefills(
  tx: Tx,
  keyring: Keyring,
  email: string,
): Promise<Readonly<Record<string, unknown>>[]> {
  const rows = await formsTables(tx)
    .selectFrom('prefills')
    .select(['id', 'sealed', 'made_at', 'expires_at'])
    .where('organisation_id', '=', tx.organisationId)
    .where('email_fingerprint', '=', fingerprintEmail(keyring, email))
    .orderBy('id')
    .execute();
  return rows.map((row) => {
    const { answers, from } = openContent(tx, keyring, row);
    return { kind: 'answers filled in by a department', from, madeAt: row.made_at, expiresAt: row.expires_at, answers };
  });
}

function findByToken(tx: Tx, serviceId: string, token: string) {
  return formsTables(tx)
    .selectFrom('prefills')
    .select(['id', 'sealed'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('token_hash', '=', hashToken(token))
    .where('expires_at', '>', sql<string>`now()`)
    .executeTakeFirst();
}

function findByReference(tx: Tx, serviceId: string, reference: string) {
  return formsTables(tx)
    .selectFrom('prefills')
    .select(['id', 'sealed'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('reference', '=', reference)
    .forUpdate()
    .executeTakeFirst();
}

function openContent(tx: Tx, keyring: Keyring, row: { id: string; sealed: Buffer }): Content {
  return JSON.parse(keyring.open(placeOf(tx, row.id), row.sealed).toString());
}

function placeOf(tx: Tx, id: string): string {
  return sealedPlace('forms.prefills.sealed', tx.organisationId, id);
}
