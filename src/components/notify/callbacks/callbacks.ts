import { sql } from 'kysely';
import { oneOf, Problem, recordAudit, type Keyring, type Tx, type Webhooks } from '#platform';
import { notifyTables } from '../database.ts';
import type { Settled } from '../hand-over/results.ts';
import { openSealed } from '../messages.ts';

/** What a service can be called back about. */
export const callbackKinds = ['delivery-status', 'received-text', 'returned-letter', 'complaint'] as const;
export type CallbackKind = (typeof callbackKinds)[number];

/** A callback of a service, as its staff see it. */
export interface Callback {
  readonly kind: CallbackKind;
  readonly endpointId: string;
  readonly url: string;
  readonly disabledAt: string | null;
}

/**
 * Tells departments' systems what became of their messages, as GOV.UK Notify does: POST, JSON, a bearer token; tried again
 * five times, five minutes apart. Signed as Standard Webhooks has it as well, and kept, so that it can be replayed.
 */
export interface Callbacks {
  /** Tells the services of these messages their statuses. */
  statuses(tx: Tx, settled: readonly Settled[]): Promise<void>;
  receivedText(
    tx: Tx,
    text: { serviceId: string; id: string; from: string; to: string; content: string; receivedAt: string },
  ): Promise<void>;
  complaint(tx: Tx, complaint: { messageId: string; complaintId: string }): Promise<void>;
  returnedLetter(tx: Tx, messageId: string): Promise<void>;
  /** The callbacks of a service. */
  list(tx: Tx, serviceId: string): Promise<Callback[]>;
  /**
   * Sets where a service is called back about something. It has one such address of each kind.
   *
   * @param values.bearerToken null keeps the present one.
   * @throws Problem unprocessable where the address or the token cannot be used.
   */
  set(
    tx: Tx,
    values: { serviceId: string; kind: CallbackKind; url: string; bearerToken: string | null },
  ): Promise<{ endpointId: string }>;
  remove(tx: Tx, values: { serviceId: string; kind: CallbackKind }): Promise<void>;
}

const fewestTokenLetters = 10;

export function createCallbacks(keyring: Keyring, { endpoints, deliveries }: Webhooks): Callbacks {
  const ownerKind = (kind: CallbackKind): string => `notify.${kind}`;

  async function find(tx: Tx, serviceId: string, kind: CallbackKind) {
    const [endpoint] = await endpoints.list(tx, { ownerKind: ownerKind(kind), ownerId: serviceId });
    return endpoint;
  }

  async function tell(
    tx: Tx,
    to: { serviceId: string; kind: CallbackKind },
    subject: string,
    payload: object,
  ): Promise<void> {
    const endpoint = await find(tx, to.serviceId, to.kind);
    if (endpoint === undefined) return;
    await deliveries.send(tx, { endpointId: endpoint.id, type: `notify.${to.kind}`, payload, subject });
  }

  return {
    async statuses(tx, settled) {
      const services = Map.groupBy(settled, (each) => each.serviceId);
      for (const [serviceId, of] of services) {
        if (serviceId === null) continue;
        const endpoint = await find(tx, serviceId, 'delivery-status');
        if (endpoint === undefined) continue;
        const rows = await sent(tx)
          .where(sql<boolean>`id = any(${of.map((each) => each.messageId)}::uuid[])`)
          .where('channel', 'in', ['email', 'sms'])
          .where('status', 'in', ['delivered', 'sent', 'permanent-failure', 'temporary-failure', 'technical-failure'])
          .execute();
        for (const row of rows) {
          const payload = {
            id: row.id,
            reference: row.client_reference,
            to: openSealed(keyring, row).writtenTo,
            status: row.status,
            created_at: row.created_at,
            completed_at: row.delivered_at ?? row.failed_at,
            sent_at: row.handed_over_at,
            notification_type: row.channel,
            template_id: row.template_id,
            template_version: row.template_version,
          };
          await deliveries.send(tx, {
            endpointId: endpoint.id,
            type: 'notify.delivery-status',
            payload,
            subject: row.id,
          });
        }
      }
    },

    receivedText: (tx, text) =>
      tell(tx, { serviceId: text.serviceId, kind: 'received-text' }, text.id, {
        id: text.id,
        source_number: text.from,
        destination_number: text.to,
        message: text.content,
        date_received: text.receivedAt,
      }),

    async complaint(tx, { messageId, complaintId }) {
      const row = await sent(tx).where('id', '=', messageId).executeTakeFirst();
      if (row === undefined || row.service_id === null) return;
      await tell(tx, { serviceId: row.service_id, kind: 'complaint' }, messageId, {
        notification_id: messageId,
        complaint_id: complaintId,
        reference: row.client_reference,
        to: openSealed(keyring, row).writtenTo,
        complaint_date: new Date().toISOString(),
      });
    },

    async returnedLetter(tx, messageId) {
      const row = await sent(tx).where('id', '=', messageId).executeTakeFirst();
      if (row === undefined || row.service_id === null) return;
      await tell(tx, { serviceId: row.service_id, kind: 'returned-letter' }, messageId, {
        notification_id: messageId,
        reference: row.client_reference,
        date_sent: row.handed_over_at,
        sent_by: row.key_id === null ? 'Commonhold' : 'API',
        template_name: row.template,
        template_id: row.template_id,
        template_version: row.template_version,
      });
    },

    async list(tx, serviceId) {
      const found: Callback[] = [];
      for (const kind of callbackKinds) {
        const endpoint = await find(tx, serviceId, kind);
        if (endpoint === undefined) continue;
        const { id: endpointId, url, disabledAt } = endpoint;
        found.push({ kind: oneOf(callbackKinds, kind), endpointId, url, disabledAt });
      }
      return found;
    },

    async set(tx, { serviceId, kind, url, bearerToken }) {
      const present = await find(tx, serviceId, kind);
      const isUnusable = bearerToken !== null && !/^[\x21-\x7e]{10,4000}$/.test(bearerToken);
      if (isUnusable || (bearerToken === null && present === undefined)) {
        const message = `Enter a bearer token of at least ${fewestTokenLetters} letters, digits and signs without spaces.`;
        throw new Problem('unprocessable', { message, places: [{ place: 'token', message }] });
      }
      await recordAudit(tx, {
        action: 'notify.callback-set',
        subject: { kind: 'service', id: serviceId },
        detail: { about: kind },
      });
      if (present !== undefined) {
        await endpoints.change(tx, present.id, { url, ...(bearerToken === null ? {} : { bearerToken }) });
        return { endpointId: present.id };
      }
      return endpoints.add(tx, {
        ownerKind: ownerKind(kind),
        ownerId: serviceId,
        kind: 'callback',
        url,
        ...(bearerToken === null ? {} : { bearerToken }),
      });
    },

    async remove(tx, { serviceId, kind }) {
      const present = await find(tx, serviceId, kind);
      if (present === undefined) return;
      await endpoints.remove(tx, present.id);
      await recordAudit(tx, {
        action: 'notify.callback-removed',
        subject: { kind: 'service', id: serviceId },
        detail: { about: kind },
      });
    },
  };
}

function sent(tx: Tx) {
  return notifyTables(tx)
    .selectFrom('messages')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .where('key_kind', 'is not', null);
}
