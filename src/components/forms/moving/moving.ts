import { sql } from 'kysely';
import { hashToken, recordAudit } from '#platform';
import type { Calendar, Keyring, Tx } from '#platform';
import { replaceSaved, savedOf } from '../applications/applications.ts';
import type { Holder } from '../applications/applications.ts';
import { formsTables } from '../database.ts';
import { everyQuestion } from '../definition/form.ts';
import { findLiveNumber, findVersion } from '../versions/versions.ts';
import type { PublishedForm } from '../versions/versions.ts';
import { carryOver } from './carry-over.ts';

/** People who are filling in a version. */
export interface InFlight {
  version: number;
  people: number;
}

/** What moving everybody forward would do to the answers to one question, in numbers of people. */
export interface QuestionOutcome {
  key: string;
  title: string;
  carried: number;
  /** Answered, and asked again: the answer does not fit the new version. */
  askedAgain: number;
  /** Asked though they had come past it: the question is new. */
  newlyAsked: number;
  /** Answers that are left out: the new version does not ask. */
  dropped: number;
}

/** What moving the people in flight would do, before it happens. */
export interface MovePlan {
  to: number;
  inFlight: readonly InFlight[];
  people: number;
  /** How many of them are asked something that they had passed. */
  askedSomething: number;
  questions: readonly QuestionOutcome[];
}

interface MoveContext {
  keyring: Keyring;
  calendar: Calendar;
}

/** How many applications are read, or moved, at once. */
const atOnce = 200;

/**
 * What would become of everybody's answers if the people who are filling in older versions were moved to the live one.
 * Nothing is changed. Null if no version is live.
 */
export async function planMove(tx: Tx, context: MoveContext, serviceId: string): Promise<MovePlan | null> {
  const to = await findLive(tx, serviceId);
  if (!to) return null;
  const counts = new Map<number, number>();
  const outcomes = new Map<string, QuestionOutcome>();
  for (const [key, { question }] of everyQuestion(to.compiled.form)) {
    outcomes.set(key, emptyOutcome(key, question.shortTitle ?? question.title));
  }
  let askedSomething = 0;
  let after: string | undefined;
  for (;;) {
    const batch = await listOlder(tx, serviceId, to.number, { after });
    for (const { id, version } of batch) {
      counts.set(version, (counts.get(version) ?? 0) + 1);
      const from = await findVersion(tx, serviceId, version);
      if (!from) continue;
      const before = await savedOf(tx, context.keyring, id);
      const carried = carryOver(from.compiled, to.compiled, before, context.calendar.today());
      const titles = everyQuestion(from.compiled.form);
      for (const key of carried.dropped) {
        if (outcomes.has(key)) continue;
        const old = titles.get(key)?.question;
        outcomes.set(key, emptyOutcome(key, old?.shortTitle ?? old?.title ?? key));
      }
      for (const [key, outcome] of outcomes) {
        if (carried.kept.has(key)) outcome.carried += 1;
        if (carried.unfit.has(key)) outcome.askedAgain += 1;
        if (carried.added.has(key)) outcome.newlyAsked += 1;
        if (carried.dropped.has(key)) outcome.dropped += 1;
      }
      if (carried.unfit.size > 0 || carried.added.size > 0) askedSomething += 1;
    }
    if (batch.length < atOnce) break;
    after = batch.at(-1)?.id;
  }
  const inFlight = [...counts].map(([version, people]) => ({ version, people }));
  return {
    to: to.number,
    inFlight: inFlight.toSorted((one, other) => one.version - other.version),
    people: inFlight.reduce((sum, { people }) => sum + people, 0),
    askedSomething,
    questions: [...outcomes.values()],
  };
}

const emptyOutcome = (key: string, title: string): QuestionOutcome => ({
  key,
  title,
  carried: 0,
  askedAgain: 0,
  newlyAsked: 0,
  dropped: 0,
});

/**
 * Moves some of the people who are filling in older versions to a version, each with the answers that carry over. Call it
 * until it says nought. Who sends at the same moment is let finish: whichever comes first is done whole.
 *
 * @param to the version whose plan was seen.
 * @returns how many were moved.
 */
export async function moveSome(
  tx: Tx,
  { keyring, calendar }: MoveContext,
  serviceId: string,
  to: number,
): Promise<number> {
  const target = await findVersion(tx, serviceId, to);
  if (!target) return 0;
  const batch = await listOlder(tx, serviceId, to, { lock: true });
  for (const { id, version } of batch) {
    const from = await findVersion(tx, serviceId, version);
    if (!from) continue;
    const before = await savedOf(tx, keyring, id);
    const { saved } = carryOver(from.compiled, target.compiled, before, calendar.today());
    await replaceSaved(tx, keyring, id, { form: target, saved });
  }
  if (batch.length > 0) {
    await recordAudit(tx, {
      action: 'forms.applications-moved',
      subject: { kind: 'form', id: target.formId },
      detail: { version: to, applications: batch.length },
    });
  }
  return batch.length;
}

/** The holder of an application that was moved to another version since their cookie was made; null for any other. */
export async function findMoved(tx: Tx, serviceId: string, presented: Holder): Promise<Holder | null> {
  const row = await formsTables(tx)
    .selectFrom('applications')
    .select('version')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', presented.id)
    .where('service_id', '=', serviceId)
    .where('token_hash', '=', hashToken(presented.secret))
    .where('version', '!=', presented.version)
    .where('expires_at', '>', sql<string>`now()`)
    .executeTakeFirst();
  return row ? { ...presented, version: row.version } : null;
}

async function findLive(tx: Tx, serviceId: string): Promise<PublishedForm | null> {
  const number = await findLiveNumber(tx, serviceId);
  return number === null ? null : findVersion(tx, serviceId, number);
}

async function listOlder(
  tx: Tx,
  serviceId: string,
  to: number,
  { after, lock = false }: { after?: string | undefined; lock?: boolean },
): Promise<{ id: string; version: number }[]> {
  return formsTables(tx)
    .selectFrom('applications')
    .select(['id', 'version'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('version', '>', 0)
    .where('version', '!=', to)
    .where('submission_id', 'is', null)
    .where('expires_at', '>', sql<string>`now()`)
    .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(atOnce)
    .$if(lock, (query) => query.forUpdate().skipLocked())
    .execute();
}
