import { randomInt, timingSafeEqual } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { hashToken, newId, newSecret, recordAudit, type Database, type Keyring, type Tx } from '#platform';
import { organisationsTables } from './database.ts';

/** How a sign-in code reaches a person. Given by main.ts: this part does not know what sends e-mail. */
export type SendCode = (tx: Tx, message: { to: string; name: string; code: string }) => Promise<void>;

const codeMinutes = 10;
const linkHours = 24;
const sessionHours = 12;
/** Wrong codes that may be tried before a new one is needed: with six digits, one chance in 200,000 of guessing. */
const mostTries = 5;
/** Codes that may be asked for in fifteen minutes for one person, so that nobody's mailbox is filled. */
const mostCodes = 5;
/** Every request for a code takes at least this long, so that its time does not tell whether the address is known. */
const leastMilliseconds = 250;

export const lifetimes = { codeMinutes, linkHours, sessionHours } as const;

/**
 * Begins to sign in: sends a code if the address is that of a member of staff, and says nothing of whether it is.
 *
 * @returns the token of the attempt, for a cookie of the browser that asked: the code works only there.
 */
export async function requestCode(
  { database, keyring, sendCode }: { database: Database; keyring: Keyring; sendCode: SendCode },
  email: string,
): Promise<string> {
  const attempt = newSecret();
  await Promise.all([sendCodeIfKnown(database, keyring, sendCode, email, attempt), pause(leastMilliseconds)]);
  return attempt;
}

async function sendCodeIfKnown(
  database: Database,
  keyring: Keyring,
  sendCode: SendCode,
  email: string,
  attempt: string,
): Promise<void> {
  const [person] = await database.find<{ organisation_id: string; id: string; name: string }>(
    'select * from organisations.find_person($1)',
    [email.trim()],
  );
  if (person === undefined) return;
  const id = newId();
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  await database.transact(
    { organisationId: person.organisation_id, actor: { kind: 'system', name: 'sign-in' } },
    async (tx) => {
      const tables = organisationsTables(tx);
      const { count } = await tables
        .selectFrom('sign_ins')
        .select((select) => select.fn.countAll<number>().as('count'))
        .where('organisation_id', '=', tx.organisationId)
        .where('person_id', '=', person.id)
        .where('kind', '=', 'code')
        .where('created_at', '>', minutesFromNow(-15))
        .executeTakeFirstOrThrow();
      if (count >= mostCodes) return;
      await tables
        .insertInto('sign_ins')
        .values({
          organisation_id: tx.organisationId,
          id,
          person_id: person.id,
          kind: 'code',
          attempt_hash: hashToken(attempt),
          code_hash: hashCode(keyring, id, code),
          expires_at: minutesFromNow(codeMinutes),
        })
        .execute();
      await sendCode(tx, { to: email.trim(), name: person.name, code });
    },
  );
}

/**
 * Finishes signing in with a code. Null where the code is wrong, used, expired or tried too often, or the attempt is
 * nobody's: the caller says the same in every case.
 *
 * @returns the token of the new session, for a cookie.
 */
export async function signInWithCode(
  { database, keyring }: { database: Database; keyring: Keyring },
  attempt: string,
  code: string,
  address: string,
): Promise<string | null> {
  return useAttempt(database, attempt, 'code', address, (row) => {
    const given = hashCode(keyring, row.id, code.replaceAll(/[\s-]/g, ''));
    return row.code_hash !== null && row.code_hash.length === given.length && timingSafeEqual(row.code_hash, given);
  });
}

/** Signs in with a one-time link. Null where it was used or has expired. */
export async function signInWithLink(database: Database, token: string, address: string): Promise<string | null> {
  return useAttempt(database, token, 'link', address, () => true);
}

/** Makes a one-time link for a person of the transaction's organisation: the way in before e-mail works. */
export async function createSignInLink(tx: Tx, personId: string): Promise<string> {
  const token = newSecret();
  await organisationsTables(tx)
    .insertInto('sign_ins')
    .values({
      organisation_id: tx.organisationId,
      id: newId(),
      person_id: personId,
      kind: 'link',
      attempt_hash: hashToken(token),
      expires_at: minutesFromNow(linkHours * 60),
    })
    .execute();
  await recordAudit(tx, { action: 'organisations.sign-in-link-made', subject: { kind: 'person', id: personId } });
  return token;
}

async function useAttempt(
  database: Database,
  token: string,
  kind: 'code' | 'link',
  address: string,
  isRight: (row: { id: string; code_hash: Buffer | null }) => boolean,
): Promise<string | null> {
  const [found] = await database.find<{ organisation_id: string; id: string }>(
    'select * from organisations.find_sign_in($1)',
    [hashToken(token)],
  );
  if (found === undefined) return null;
  return database.transact(
    { organisationId: found.organisation_id, actor: { kind: 'system', name: 'sign-in' } },
    async (tx) => {
      const tables = organisationsTables(tx);
      const row = await tables
        .selectFrom('sign_ins')
        .innerJoin('people', (join) =>
          join
            .onRef('people.organisation_id', '=', 'sign_ins.organisation_id')
            .onRef('people.id', '=', 'sign_ins.person_id'),
        )
        .select(['sign_ins.id', 'sign_ins.person_id', 'sign_ins.code_hash', 'people.name'])
        .where('sign_ins.organisation_id', '=', tx.organisationId)
        .where('sign_ins.id', '=', found.id)
        .where('sign_ins.kind', '=', kind)
        .where('sign_ins.used_at', 'is', null)
        .where('sign_ins.wrong_tries', '<', mostTries)
        .where('sign_ins.expires_at', '>', minutesFromNow(0))
        .where('people.left_at', 'is', null)
        .forUpdate('sign_ins')
        .executeTakeFirst();
      if (row === undefined) return null;
      const attempt = tables
        .updateTable('sign_ins')
        .where('organisation_id', '=', tx.organisationId)
        .where('id', '=', row.id);
      if (!isRight(row)) {
        // The wrong try is committed with the answer: rolling it back would give tries without end.
        await attempt.set((set) => ({ wrong_tries: set('wrong_tries', '+', 1) })).execute();
        return null;
      }
      await attempt.set({ used_at: minutesFromNow(0), code_hash: null }).execute();
      const person = { kind: 'person', id: row.person_id, name: row.name, address } as const;
      return createSession({ ...tx, actor: person, tables: (schema) => tx.tables(schema) }, row.person_id);
    },
  );
}

/** Signs a person in: makes a session and returns its token. The caller has made sure of who it is. */
export async function createSession(tx: Tx, personId: string): Promise<string> {
  const token = newSecret();
  const id = newId();
  await organisationsTables(tx)
    .insertInto('sessions')
    .values({
      organisation_id: tx.organisationId,
      id,
      person_id: personId,
      token_hash: hashToken(token),
      expires_at: minutesFromNow(sessionHours * 60),
    })
    .execute();
  await recordAudit(tx, { action: 'organisations.signed-in', subject: { kind: 'session', id } });
  return token;
}

/** Ends a session: its cookie is worth nothing from then on. */
export async function endSession(tx: Tx, sessionId: string): Promise<void> {
  await organisationsTables(tx)
    .updateTable('sessions')
    .set({ ended_at: minutesFromNow(0) })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', sessionId)
    .execute();
  await recordAudit(tx, { action: 'organisations.signed-out', subject: { kind: 'session', id: sessionId } });
}

/** Removes attempts and sessions that ended more than a month ago, of the transaction's organisation. */
export async function forgetOldSignIns(tx: Tx): Promise<void> {
  const tables = organisationsTables(tx);
  const monthAgo = minutesFromNow(-30 * 24 * 60);
  for (const table of ['sign_ins', 'sessions'] as const) {
    await tables
      .deleteFrom(table)
      .where('organisation_id', '=', tx.organisationId)
      .where('expires_at', '<', monthAgo)
      .execute();
  }
}

/** Six digits can be guessed from a plain hash in a moment, so theirs is made with a key that is not in the database. */
function hashCode(keyring: Keyring, id: string, code: string): Buffer {
  return keyring.fingerprint('sign-in code', `${id} ${code}`);
}

function minutesFromNow(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString();
}
