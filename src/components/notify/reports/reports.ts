import { listOrganisations } from '#organisations';
import { addJob, newId, oneOf, type Database, type Job, type Keyring, type Scope, type Tx } from '#platform';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { notifyTables } from '../database.ts';
import { recordReceipt, type Receipt } from '../hand-over/receipts.ts';
import { findMessageTokens, readMessageToken } from '../hand-over/tokens.ts';
import { recordReceivedText } from '../received-texts.ts';
import { readEmailReport } from './email-report.ts';

/** A receipt of a text message, by what its provider calls it. */
export interface TextReceipt {
  readonly provider: string;
  readonly reference: string;
  readonly status: 'pending' | 'delivered' | 'permanent-failure' | 'temporary-failure' | 'technical-failure';
  /** The provider's word for it, such as `UNDELIV 005`: letters and digits alone. */
  readonly code: string;
}

/** What providers and mail servers say of messages, and what people send to services. Each call resolves once it is kept. */
export interface Reports {
  /** A receipt: it may come before our own record of the message, and is then tried again. */
  textReceipt(receipt: TextReceipt): Promise<void>;
  /** A text message to one of our numbers. Says whether a service has that number. */
  receivedText(text: { from: string; to: string; content: string }): Promise<boolean>;
  /**
   * A report of a mail server, as it came.
   *
   * @param recipients to whom it came: addresses that name a message do so whatever the report holds.
   * @returns whether it was about a message of ours.
   */
  email(raw: string, recipients?: readonly string[]): Promise<boolean>;
  readonly jobs: readonly Job[];
}

/** A receipt that speaks of no message of ours is given up after so many tries: a day. */
const receiptTries = 14;
const receiptJob = 'notify.receive-receipt';
const statuses = ['pending', 'delivered', 'permanent-failure', 'temporary-failure', 'technical-failure'] as const;

export function createReports({
  database,
  keyring,
  callbacks,
}: {
  database: Database;
  keyring: Keyring;
  callbacks: Callbacks;
}): Reports {
  async function applyReceipt(receipt: TextReceipt): Promise<boolean> {
    const [found] = await database.find<{ organisation_id: string; id: string }>(
      'select * from notify.find_message_of_provider($1, $2)',
      [receipt.provider, receipt.reference],
    );
    if (found === undefined) return false;
    await database.transact(scopeOf(found.organisation_id), (tx) =>
      record(tx, found.id, {
        status: receipt.status,
        provider: receipt.provider,
        what: words[receipt.status],
        detail: receipt.code === '' ? null : `The provider says ${receipt.code}.`,
      }),
    );
    return true;
  }

  async function record(tx: Tx, messageId: string, receipt: Receipt): Promise<void> {
    const settled = await recordReceipt(tx, messageId, receipt);
    if (settled !== null) await callbacks.statuses(tx, [settled]);
  }

  return {
    async textReceipt(receipt) {
      if (await applyReceipt(receipt)) return;
      const root = (await listOrganisations(database)).find((each) => each.parentId === null)?.id;
      if (root === undefined) return;
      const runAt = new Date(Date.now() + 2000).toISOString();
      await database.transact(scopeOf(root), (tx) =>
        addJob(tx, receiptJob, { ...receipt }, { runAt, mostAttempts: receiptTries }),
      );
    },

    async receivedText({ from, to, content }) {
      const [number] = await database.find<{ organisation_id: string; service_id: string }>(
        'select * from notify.find_number($1)',
        [digitsOf(to)],
      );
      if (number === undefined) return false;
      await database.transact(scopeOf(number.organisation_id), async (tx) => {
        const text = { serviceId: number.service_id, from: digitsOf(from) || from, to: digitsOf(to), content };
        const { id } = await recordReceivedText(tx, keyring, text);
        await callbacks.receivedText(tx, { ...text, id, receivedAt: new Date().toISOString() });
      });
      return true;
    },

    async email(raw, recipients = []) {
      const tokens = [...recipients.flatMap(findMessageTokens), ...findMessageTokens(raw)];
      const message = tokens.map((token) => readMessageToken(keyring, token)).find((each) => each !== null);
      if (message === undefined) return false;
      const report = readEmailReport(raw);
      if (report === null) return true;
      const { organisationId, messageId } = message;
      return database.transact(scopeOf(organisationId), async (tx) => {
        if (!(await exists(tx, messageId))) return false;
        switch (report.kind) {
          case 'bounce':
            await record(tx, messageId, {
              status: report.status,
              provider: null,
              what: 'Came back',
              detail: `The recipient’s mail server did not take it (${report.code}).`,
            });
            break;
          case 'delivered':
            await record(tx, messageId, { status: 'delivered', provider: null, what: 'Delivered', detail: null });
            break;
          case 'delayed':
            await record(tx, messageId, {
              status: 'none',
              provider: null,
              what: 'Delayed',
              detail: `The recipient’s mail server does not take it yet (${report.code}). It is being tried again.`,
            });
            break;
          case 'complaint':
            await record(tx, messageId, {
              status: 'none',
              provider: null,
              what: 'Complaint',
              detail: `The recipient reported it to their mail provider (${report.feedback}).`,
            });
            await callbacks.complaint(tx, { messageId, complaintId: newId() });
        }
        return true;
      });
    },

    jobs: [
      {
        name: receiptJob,
        run: async (payload, { lastAttempt, log }) => {
          const receipt: TextReceipt = {
            provider: String(payload['provider']),
            reference: String(payload['reference']),
            status: oneOf(statuses, String(payload['status'])),
            code: String(payload['code']),
          };
          if (await applyReceipt(receipt)) return;
          if (!lastAttempt) throw new Error('The receipt speaks of no message that is known yet.');
          log.warn({ provider: receipt.provider }, 'a receipt speaks of no message of ours');
        },
      },
    ],
  };
}

const words = {
  pending: 'On its way',
  delivered: 'Delivered',
  'permanent-failure': 'Not delivered',
  'temporary-failure': 'Not delivered yet',
  'technical-failure': 'Not delivered',
} as const;

async function exists(tx: Tx, messageId: string): Promise<boolean> {
  const row = await notifyTables(tx)
    .selectFrom('messages')
    .select('id')
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', messageId)
    .executeTakeFirst();
  return row !== undefined;
}

function digitsOf(number: string): string {
  return number.replaceAll(/\D/g, '');
}

function scopeOf(organisationId: string): Scope {
  return { organisationId, actor: { kind: 'system', name: 'notify.reports' } };
}
