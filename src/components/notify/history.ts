import { fingerprintOf } from './acceptance.ts';
import { writeContent } from './content.ts';
import { recountDay } from './daily-counts.ts';
import { notifyTables } from './database.ts';
import { sealMessage } from './messages.ts';
import { getTemplate, type TemplateVersion } from './templates/templates.ts';
import type { Personalisation } from './templates/template-text.ts';
import { hashToken, newId, Problem, type Calendar, type Keyring, type Tx } from '#platform';

/** How a message that was sent earlier ended. `kept` is what stayed in the outbox, for want of a provider. */
export type PastOutcome =
  'delivered' | 'sent' | 'permanent-failure' | 'temporary-failure' | 'technical-failure' | 'returned-letter' | 'kept';

/** A message that was sent before its service came here, or before a demonstration began. */
export interface PastMessage {
  readonly templateId: string;
  /** As it is kept: an address, a number of digits, or the lines of a postal address. */
  readonly to: string;
  readonly personalisation: Personalisation;
  readonly reference: string | null;
  /** ISO 8601, each of them. */
  readonly writtenAt: string;
  readonly endedAt: string;
  readonly outcome: PastOutcome;
  /** What is shown with a failure. */
  readonly failure: string | null;
}

/**
 * Records messages that were sent elsewhere or earlier, with what became of them, and counts their days. Nothing of it is
 * sent, charged or called back about.
 *
 * @param messages of one service, in any order.
 * @throws Problem not-found where there is no such template; Refusal where a template cannot be filled.
 */
export async function recordPastMessages(
  tx: Tx,
  { keyring, calendar }: { keyring: Keyring; calendar: Calendar },
  serviceId: string,
  messages: readonly PastMessage[],
): Promise<void> {
  const templates = new Map<string, TemplateVersion>();
  for (const templateId of new Set(messages.map((each) => each.templateId))) {
    const template = await getTemplate(tx, { serviceId, templateId });
    if (template === null) throw new Problem('not-found', { message: 'Template not found' });
    templates.set(templateId, template);
  }
  const past = messages.flatMap((message) => {
    const template = templates.get(message.templateId);
    return template === undefined ? [] : [{ message, row: rowOf(tx, keyring, serviceId, template, message) }];
  });
  if (past.length === 0) return;
  await notifyTables(tx)
    .insertInto('messages')
    .values(past.map(({ row }) => row))
    .execute();
  const returned = past.filter(({ message }) => message.outcome === 'returned-letter');
  if (returned.length > 0) {
    await notifyTables(tx)
      .insertInto('message_events')
      .values(
        returned.map(({ message, row }) => ({
          organisation_id: tx.organisationId,
          message_id: row.id,
          id: newId(),
          at: message.endedAt,
          what: 'Came back by post',
          provider: null,
          detail: null,
        })),
      )
      .execute();
  }
  for (const day of new Set(messages.map(({ writtenAt }) => calendar.dayOf(writtenAt)))) {
    await recountDay(tx, serviceId, day, calendar);
  }
}

function rowOf(tx: Tx, keyring: Keyring, serviceId: string, template: TemplateVersion, message: PastMessage) {
  const { to, outcome, reference, writtenAt, endedAt } = message;
  const { organisationId } = tx;
  // Lists go by the identifier, which begins with the time.
  const id = newId(Date.parse(writtenAt));
  const { content, fragments } = writeContent(template, message, null);
  const isFailure = outcome.endsWith('-failure');
  return {
    organisation_id: organisationId,
    id,
    service_id: serviceId,
    channel: template.type,
    template: template.name,
    template_id: template.id,
    template_version: template.version,
    ...sealMessage(keyring, { organisationId, id, to, content }),
    recipient_fingerprint: fingerprintOf(keyring, template.type, to),
    client_reference: reference,
    client_reference_hash: reference === null ? null : hashToken(reference),
    key_kind: 'live',
    fragments,
    postage: template.postage,
    status: outcome,
    attempts: 1,
    created_at: writtenAt,
    tried_at: writtenAt,
    handed_over_at: outcome === 'kept' || outcome === 'technical-failure' ? null : writtenAt,
    delivered_at: outcome === 'delivered' ? endedAt : null,
    failed_at: isFailure ? endedAt : null,
    failure: isFailure ? message.failure : null,
  };
}
