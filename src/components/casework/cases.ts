import { sql } from 'kysely';
import {
  fingerprintEmail,
  newId,
  oneOf,
  prepareInsert,
  Problem,
  publishEvent,
  recordAudit,
  sealedPlace,
  together,
  type Keyring,
  type Tx,
} from '#platform';
import { caseworkTables } from './database.ts';
import type { DB } from './tables.generated.ts';

export type CaseState = 'open' | 'approved' | 'refused';

export const caseStates: readonly CaseState[] = ['open', 'approved', 'refused'];

/** A question as the applicant read it, and the lines of the answer. */
export interface Answer {
  readonly question: string;
  readonly answer: readonly string[];
  /** Ids of the files that are the answer: the platform keeps them, and the submission owns them. */
  readonly files?: readonly string[];
}

export interface Applicant {
  readonly email: string | null;
  readonly name: string | null;
}

export interface PersonNamed {
  readonly id: string;
  readonly name: string;
}

/** A case as the work list shows it. */
export interface ListedCase {
  readonly id: string;
  readonly reference: string;
  /** What is asked for: the name of the form or service, never of a person. */
  readonly title: string;
  /** Null where no name was asked for, or it is erased. */
  readonly applicantName: string | null;
  readonly state: CaseState;
  readonly assignedTo: PersonNamed | null;
  readonly openedAt: string;
  readonly decidedAt: string | null;
}

/** A case with everything that was sent. `answers` and `applicant` are null once they are erased. */
export interface Case extends ListedCase {
  readonly serviceId: string;
  readonly answers: readonly Answer[] | null;
  readonly applicant: Applicant | null;
  readonly erasedAt: string | null;
  /** Counts the changes of state and assignment, so that a page that has become old is noticed. */
  readonly revision: number;
}

/**
 * Opens a case for a submission, in the transaction that keeps the submission.
 *
 * @param values.reference the submission's, by which applicant, forms and notify know it too.
 * @param values.title what is asked for, without personal data: it outlives erasure.
 * @param values.openedAt ISO 8601, where it is not now.
 * @throws a duplicate (isDuplicate) where the submission has a case already.
 */
export async function openCase(
  tx: Tx,
  keyring: Keyring,
  values: {
    serviceId: string;
    reference: string;
    submissionId: string;
    title: string;
    answers: readonly Answer[];
    applicantEmail: string | null;
    applicantName?: string | null;
    openedAt?: string;
  },
): Promise<{ caseId: string }> {
  const openedAt = values.openedAt ?? new Date().toISOString();
  // The id carries the time, so that the order of ids is the order in which cases came.
  const id = newId(Date.parse(openedAt));
  const applicant: Applicant = { email: values.applicantEmail, name: values.applicantName ?? null };
  const kept = insertCase(tx, {
    organisation_id: tx.organisationId,
    id,
    service_id: values.serviceId,
    submission_id: values.submissionId,
    reference: values.reference,
    reference_key: referenceKey(values.reference),
    title: values.title,
    sealed_answers: keyring.seal(placeOfAnswers(tx, id), JSON.stringify(values.answers)),
    sealed_applicant: keyring.seal(placeOfApplicant(tx, id), JSON.stringify(applicant)),
    applicant_fingerprint: applicant.email === null ? null : fingerprintEmail(keyring, applicant.email),
    opened_at: openedAt,
  });
  await together([
    kept,
    recordAudit(tx, {
      action: 'casework.case-opened',
      subject: { kind: 'case', id, name: values.reference },
      detail: { service: values.serviceId },
    }),
    publishEvent(tx, {
      type: 'commonhold.casework.case-opened',
      source: '/casework',
      subject: values.reference,
      data: { caseId: id, serviceId: values.serviceId },
    }),
  ]);
  return { caseId: id };
}

const insertCase = prepareInsert<DB, 'cases'>('casework', 'cases');

/** A case of a service. @throws Problem not-found, also where the case is another service's. */
export async function getCase(tx: Tx, keyring: Keyring, wanted: { serviceId: string; caseId: string }): Promise<Case> {
  const row = await caseworkTables(tx)
    .selectFrom('cases')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', wanted.serviceId)
    .where('id', '=', wanted.caseId)
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  const applicant = openApplicant(tx, keyring, row);
  return {
    ...shape(row, applicant),
    serviceId: row.service_id,
    applicant,
    answers: openAnswers(tx, keyring, row),
    erasedAt: row.erased_at,
    revision: row.revision,
  };
}

/** Which cases of a service a work list shows. */
export interface CaseFilter {
  readonly state: CaseState | 'any';
  /** A person's id, `nobody`, or `anyone`. */
  readonly assigned: string;
  /** What a reference begins with, however it is typed; empty for every case. */
  readonly reference: string;
}

/** Cases of a service, oldest first, with whether there are more before and after them. */
export interface CasePage {
  readonly cases: readonly ListedCase[];
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * One page of the work list. It is found by the id at its edge and not by its number, so that it costs the same however
 * long the list is, and no case is skipped when others are decided meanwhile.
 *
 * @param edge `after` or `before`: the id of a case; the page begins after it, or ends before it.
 */
export async function listCases(
  tx: Tx,
  keyring: Keyring,
  serviceId: string,
  filter: CaseFilter,
  edge: { after?: string | undefined; before?: string | undefined; most?: number },
): Promise<CasePage> {
  const most = edge.most ?? 25;
  const backwards = edge.before !== undefined;
  const states = filter.state === 'any' ? caseStates : [filter.state];
  // One query for each state: each walks the index in order and stops, which one query over three states would not.
  const found = [];
  for (const state of states) found.push(...(await rowsOf(state)));
  found.sort((one, other) => (one.id < other.id ? -1 : 1));
  const shown = backwards ? found.slice(-most) : found.slice(0, most);
  const isMore = found.length > most;
  const cases = shown.map((row) => shape(row, openApplicant(tx, keyring, row)));
  const first = cases[0]?.id ?? null;
  const last = cases.at(-1)?.id ?? null;
  return {
    cases,
    before: backwards ? (isMore ? first : null) : edge.after === undefined ? null : first,
    after: backwards ? last : isMore ? last : null,
  };

  async function rowsOf(state: CaseState) {
    let query = caseworkTables(tx)
      .selectFrom('cases')
      .select([
        'id',
        'reference',
        'title',
        'sealed_applicant',
        'state',
        'assigned_to',
        'assigned_to_name',
        'opened_at',
        'decided_at',
      ])
      .where('organisation_id', '=', tx.organisationId)
      .where('service_id', '=', serviceId)
      .where('state', '=', state);
    if (filter.assigned === 'nobody') query = query.where('assigned_to', 'is', null);
    else if (filter.assigned !== 'anyone') query = query.where('assigned_to', '=', filter.assigned);
    const key = referenceKey(filter.reference);
    if (key !== '') query = query.where('reference_key', '>=', key).where('reference_key', '<', `${key}~`);
    if (edge.after !== undefined) query = query.where('id', '>', edge.after);
    if (edge.before !== undefined) query = query.where('id', '<', edge.before);
    return query
      .orderBy('id', backwards ? 'desc' : 'asc')
      .limit(most + 1)
      .execute();
  }
}

/** The case of a service with exactly this reference, however it is typed; null where there is none. */
export async function findCaseByReference(tx: Tx, serviceId: string, reference: string): Promise<string | null> {
  const row = await caseworkTables(tx)
    .selectFrom('cases')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('reference_key', '=', referenceKey(reference))
    .executeTakeFirst();
  return row?.id ?? null;
}

/** How much there is to do. Numbers stop at `mostCounted`, so that a page never waits for a count. */
export interface CaseCounts {
  readonly open: number;
  readonly mine: number;
  readonly nobodys: number;
  /** When the oldest open case was opened. */
  readonly oldestOpenedAt: string | null;
}

export const mostCounted = 10_000;

export async function countCases(tx: Tx, serviceId: string, personId: string): Promise<CaseCounts> {
  const { rows } = await sql<{ open: number; mine: number; nobodys: number; oldest: string | null }>`
    with open_cases as not materialized (
      select id, assigned_to, opened_at from casework.cases
       where organisation_id = ${tx.organisationId} and service_id = ${serviceId} and state = 'open')
    select (select count(*) from (select from open_cases limit ${mostCounted}) as counted) as open,
           (select count(*) from (select from open_cases where assigned_to = ${personId} limit ${mostCounted}) as counted) as mine,
           (select count(*) from (select from open_cases where assigned_to is null limit ${mostCounted}) as counted) as nobodys,
           (select opened_at from open_cases order by id limit 1) as oldest`.execute(caseworkTables(tx));
  const row = rows[0];
  return {
    open: row?.open ?? 0,
    mine: row?.mine ?? 0,
    nobodys: row?.nobodys ?? 0,
    oldestOpenedAt: row?.oldest ?? null,
  };
}

/** Of each of these services that has open cases: how many a person has, and how many nobody has. Numbers stop at `mostCounted`. */
export async function countWaiting(
  tx: Tx,
  serviceIds: readonly string[],
  personId: string,
): Promise<{ serviceId: string; mine: number; nobodys: number }[]> {
  const { rows } = await sql<{ service_id: string; mine: number; nobodys: number }>`
    select service_id, mine.count as mine, nobodys.count as nobodys
      from unnest(${serviceIds}::uuid[]) as service_id,
           lateral (select count(*) from (
             select from casework.cases
              where organisation_id = ${tx.organisationId} and cases.service_id = service_id.service_id and state = 'open'
                and assigned_to = ${personId} limit ${mostCounted}) as counted) as mine,
           lateral (select count(*) from (
             select from casework.cases
              where organisation_id = ${tx.organisationId} and cases.service_id = service_id.service_id and state = 'open'
                and assigned_to is null limit ${mostCounted}) as counted) as nobodys
     where mine.count > 0 or nobodys.count > 0`.execute(caseworkTables(tx));
  return rows.map(({ service_id: serviceId, mine, nobodys }) => ({ serviceId, mine, nobodys }));
}

/**
 * Locks a case for a change, so that changes of one case come one after another.
 *
 * @throws Problem not-found, also where the case is another service's; gone where it is erased: nothing may be added then.
 */
export async function lockCase(tx: Tx, wanted: { serviceId: string; caseId: string }) {
  const row = await caseworkTables(tx)
    .selectFrom('cases')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', wanted.serviceId)
    .where('id', '=', wanted.caseId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  if (row.erased_at !== null) {
    throw new Problem('gone', {
      title: 'This case has been erased',
      message: 'Its retention period is over, so nothing can be added to it.',
    });
  }
  return row;
}

/** A reference as it is compared: without hyphens and spaces, in capitals. */
export function referenceKey(reference: string): string {
  return reference.replaceAll(/[^A-Za-z0-9]/g, '').toUpperCase();
}

export function openApplicant(
  tx: Tx,
  keyring: Keyring,
  row: { id: string; sealed_applicant: Buffer | null },
): Applicant | null {
  if (row.sealed_applicant === null) return null;
  return JSON.parse(keyring.open(placeOfApplicant(tx, row.id), row.sealed_applicant).toString());
}

export function openAnswers(
  tx: Tx,
  keyring: Keyring,
  row: { id: string; sealed_answers: Buffer | null },
): Answer[] | null {
  if (row.sealed_answers === null) return null;
  return JSON.parse(keyring.open(placeOfAnswers(tx, row.id), row.sealed_answers).toString());
}

function placeOfAnswers(tx: Tx, caseId: string): string {
  return sealedPlace('casework.cases.sealed_answers', tx.organisationId, caseId);
}

function placeOfApplicant(tx: Tx, caseId: string): string {
  return sealedPlace('casework.cases.sealed_applicant', tx.organisationId, caseId);
}

function shape(
  row: {
    id: string;
    reference: string;
    title: string;
    state: string;
    assigned_to: string | null;
    assigned_to_name: string | null;
    opened_at: string;
    decided_at: string | null;
  },
  applicant: Applicant | null,
): ListedCase {
  return {
    id: row.id,
    reference: row.reference,
    title: row.title,
    applicantName: applicant?.name ?? null,
    state: oneOf(caseStates, row.state),
    assignedTo:
      row.assigned_to === null || row.assigned_to_name === null
        ? null
        : { id: row.assigned_to, name: row.assigned_to_name },
    openedAt: row.opened_at,
    decidedAt: row.decided_at,
  };
}
