import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database, Keyring, Scope, Tx } from '#platform';
import { notifyTables } from './database.ts';
import { MailRefusal, type MailServer, type OutgoingEmail } from './mail-server.ts';
import { openSealed } from './messages.ts';
import { failureOf } from './recipients.ts';

/** How often recording that the mail server has a message is tried, and the pause between, in milliseconds. */
const recordAttempts = 5;
const recordPause = 500;

const erased = {
  sealed_recipient: null,
  sealed_content: null,
  recipient_fingerprint: null,
  client_reference: null,
  client_reference_hash: null,
  erased_at: sql<string>`now()`,
};

/**
 * Hands a message to the mail server, once: what the server has, it is not given again. Only where the program dies
 * between the server's acceptance and our record of it is the message sent a second time, with the same Message-ID.
 * Where no mail server is set, the message is kept to be read in the outbox, and a confidential one is dropped.
 *
 * @param attempt.lastAttempt whether it is given up for now if the server does not take it.
 * @throws MailRefusal where the server did not take it and it should be tried again.
 */
export async function handOver(
  { database, keyring, mailServer }: { database: Database; keyring: Keyring; mailServer: MailServer | null },
  scope: Scope,
  messageId: string,
  attempt: { lastAttempt: boolean },
): Promise<void> {
  const message = await database.transact(scope, async (tx) => {
    if (await pretend(tx, keyring, messageId)) return null;
    return mailServer === null || (await isText(tx, messageId))
      ? keep(tx, messageId)
      : begin(tx, keyring, messageId, mailServer.domain);
  });
  if (mailServer === null || message === null) return;
  try {
    await mailServer.send(message.email);
  } catch (error) {
    if (!(error instanceof MailRefusal)) throw error;
    const isGivenUp = error.permanent || attempt.lastAttempt;
    await database.transact(scope, (tx) =>
      recordRefusal(tx, messageId, { words: error.message, isGivenUp, confidential: message.confidential }),
    );
    // What failed for good stays with its message. What was given up stays in the queue too, where an operator can begin
    // anew; but not a secret, whose text is gone.
    if (error.permanent || (isGivenUp && message.confidential)) return;
    throw error;
  }
  await untilRecorded(() =>
    database.transact(scope, (tx) => recordAcceptance(tx, messageId, { confidential: message.confidential })),
  );
}

/**
 * Moves a message that is not to be sent as if it were: what a test key sent, and what goes to a recipient that is there
 * to try failures with. Says whether it was one.
 */
async function pretend(tx: Tx, keyring: Keyring, messageId: string): Promise<boolean> {
  const row = await waiting(tx, messageId).selectAll().executeTakeFirst();
  if (row === undefined || row.key_kind === null) return false;
  const { to } = openSealed(keyring, row);
  const failure = to === null ? undefined : failureOf(to);
  if (failure === undefined && row.key_kind !== 'test') return false;
  const now = sql<string>`now()`;
  await notifyTables(tx)
    .updateTable('messages')
    .set(
      failure === undefined
        ? { status: 'delivered', tried_at: now, handed_over_at: now, failed_at: null }
        : { status: failure, tried_at: now, failed_at: now, failure: 'It went to a recipient that is there to fail.' },
    )
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .execute();
  return true;
}

/** Text messages have no provider but the outbox yet. */
async function isText(tx: Tx, messageId: string): Promise<boolean> {
  const row = await waiting(tx, messageId).select('channel').executeTakeFirst();
  return row?.channel === 'sms';
}

function waiting(tx: Tx, messageId: string) {
  return notifyTables(tx)
    .selectFrom('messages')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .where('status', 'in', ['created', 'sending', 'technical-failure'])
    .where('erased_at', 'is', null);
}

/** Marks the message as being sent and opens it; null where there is nothing left to send. */
async function begin(
  tx: Tx,
  keyring: Keyring,
  messageId: string,
  domain: string,
): Promise<{ email: OutgoingEmail; confidential: boolean } | null> {
  const row = await notifyTables(tx)
    .updateTable('messages')
    .set({
      status: 'sending',
      attempts: sql<number>`attempts + 1`,
      tried_at: sql<string>`now()`,
      failed_at: null,
      internet_message_id: sql<string>`coalesce(internet_message_id, ${`<${messageId}@${domain}>`})`,
    })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .where('status', 'in', ['created', 'sending', 'technical-failure'])
    .where('erased_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return null;
  const { to, content } = openSealed(keyring, row);
  if (to === null || content === null || row.internet_message_id === null) return null;
  return {
    confidential: row.confidential,
    email: { messageId: row.internet_message_id, to, ...content, writtenAt: row.created_at },
  };
}

async function keep(tx: Tx, messageId: string): Promise<null> {
  const unsent = notifyTables(tx)
    .updateTable('messages')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .where('status', 'in', ['created', 'sending', 'technical-failure']);
  await unsent
    .set({ status: 'kept', tried_at: sql<string>`now()`, failed_at: null })
    .where('confidential', '=', false)
    .execute();
  await unsent
    .set({ status: 'dropped', tried_at: sql<string>`now()`, failed_at: null, ...erased })
    .where('confidential', '=', true)
    .execute();
  return null;
}

async function recordAcceptance(tx: Tx, messageId: string, { confidential }: { confidential: boolean }): Promise<void> {
  await notifyTables(tx)
    .updateTable('messages')
    .set({
      status: 'delivered',
      handed_over_at: sql<string>`now()`,
      failed_at: null,
      failure: null,
      ...(confidential ? erased : {}),
    })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .where('status', '<>', 'delivered')
    .execute();
}

async function recordRefusal(
  tx: Tx,
  messageId: string,
  { words, isGivenUp, confidential }: { words: string; isGivenUp: boolean; confidential: boolean },
): Promise<void> {
  await notifyTables(tx)
    .updateTable('messages')
    .set({
      failure: words,
      ...(isGivenUp ? { status: 'technical-failure', failed_at: sql<string>`now()` } : {}),
      ...(isGivenUp && confidential ? erased : {}),
    })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .where('status', '=', 'sending')
    .execute();
}

/** The server has the message by now: a database that is away for a moment must not make it be sent again. */
async function untilRecorded(record: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await record();
      return;
    } catch (error) {
      if (attempt === recordAttempts) throw error;
      await pause(recordPause);
    }
  }
}
