import { newId, oneOf, Problem, recordAudit, type Tx } from '#platform';
import { notifyTables } from './database.ts';
import { readEmailAddress } from './recipients.ts';
import { templateTypes, type TemplateType } from './templates/templates.ts';

/** Whom messages of a service are from: a reply-to address, the sender of text messages, or the contact block of letters. */
export interface Sender {
  readonly id: string;
  readonly channel: TemplateType;
  readonly value: string;
  /** Whether it is used where a message names none. */
  readonly isDefault: boolean;
}

const mostContactLines = 10;

/** The senders of a service that are in use, those of one channel beside each other, the default first. */
export async function listSenders(tx: Tx, serviceId: string): Promise<Sender[]> {
  const rows = await notifyTables(tx)
    .selectFrom('senders')
    .select(['id', 'channel', 'value', 'is_default'])
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('archived_at', 'is', null)
    .orderBy('channel')
    .orderBy('is_default', 'desc')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    channel: oneOf(templateTypes, row.channel),
    value: row.value,
    isDefault: row.is_default,
  }));
}

/**
 * Adds a sender. The first of its channel becomes the default.
 *
 * @throws Problem unprocessable with place `value` where it cannot be one: an e-mail address; 3 to 11 letters, digits,
 *   spaces and `&.-_`, not digits alone; up to ten lines.
 */
export async function addSender(
  tx: Tx,
  values: { serviceId: string; channel: TemplateType; value: string; isDefault?: boolean },
): Promise<{ id: string }> {
  const { serviceId, channel } = values;
  const value = readSender(channel, values.value);
  const others = (await listSenders(tx, serviceId)).filter((each) => each.channel === channel);
  const same = others.find((each) => each.value === value);
  if (same !== undefined) {
    throw new Problem('unprocessable', {
      message: 'The service has this already.',
      places: [{ place: 'value', message: 'is there already' }],
    });
  }
  const isDefault = values.isDefault === true || others.length === 0;
  if (isDefault) await clearDefault(tx, serviceId, channel);
  const id = newId();
  await notifyTables(tx)
    .insertInto('senders')
    .values({ organisation_id: tx.organisationId, id, service_id: serviceId, channel, value, is_default: isDefault })
    .execute();
  await recordAudit(tx, {
    action: 'notify.sender-added',
    subject: { kind: 'sender', id, name: channel },
    detail: { service: serviceId, channel, value },
  });
  return { id };
}

/** Makes a sender the one that is used where a message names none. @throws Problem not-found */
export async function makeSenderDefault(tx: Tx, values: { serviceId: string; senderId: string }): Promise<void> {
  const sender = (await listSenders(tx, values.serviceId)).find((each) => each.id === values.senderId);
  if (sender === undefined) throw new Problem('not-found');
  await clearDefault(tx, values.serviceId, sender.channel);
  await notifyTables(tx)
    .updateTable('senders')
    .set({ is_default: true })
    .where('organisation_id', '=', tx.organisationId)
    .where('id', '=', sender.id)
    .execute();
}

/**
 * Puts a sender away: messages that name it are refused from now on. Where it was the default, there is none.
 *
 * @throws Problem not-found
 */
export async function archiveSender(tx: Tx, values: { serviceId: string; senderId: string }): Promise<void> {
  const row = await notifyTables(tx)
    .updateTable('senders')
    .set({ archived_at: new Date().toISOString(), is_default: false })
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', values.serviceId)
    .where('id', '=', values.senderId)
    .where('archived_at', 'is', null)
    .returning(['channel', 'value'])
    .executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  await recordAudit(tx, {
    action: 'notify.sender-archived',
    subject: { kind: 'sender', id: values.senderId, name: row.channel },
    detail: { service: values.serviceId, channel: row.channel, value: row.value },
  });
}

async function clearDefault(tx: Tx, serviceId: string, channel: TemplateType): Promise<void> {
  await notifyTables(tx)
    .updateTable('senders')
    .set({ is_default: false })
    .where('organisation_id', '=', tx.organisationId)
    .where('service_id', '=', serviceId)
    .where('channel', '=', channel)
    .where('is_default', '=', true)
    .execute();
}

function readSender(channel: TemplateType, given: string): string {
  const refuse = (message: string): never => {
    throw new Problem('unprocessable', { message, places: [{ place: 'value', message }] });
  };
  if (channel === 'email') {
    return readEmailAddress(given) ?? refuse('Enter an email address in the correct format, like name@example.com');
  }
  if (channel === 'sms') {
    const value = given.trim();
    if (value.length < 3) return refuse('A sender of text messages must have at least 3 characters');
    if (value.length > 11) return refuse('A sender of text messages must have at most 11 characters');
    if (!/^[A-Za-z0-9 &._-]+$/.test(value)) return refuse('Use letters, digits, spaces and & . - _ only');
    if (value.startsWith('00')) return refuse('A sender must not begin with 00');
    return value;
  }
  const lines = given
    .replaceAll(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.replaceAll(/\p{Cc}/gu, ' ').trim())
    .filter((line) => line !== '');
  if (lines.length === 0) return refuse('Enter the lines that stand at the top of a letter');
  if (lines.length > mostContactLines) return refuse(`Use at most ${mostContactLines} lines`);
  if (lines.some((line) => line.length > 100)) return refuse('Use at most 100 characters in a line');
  return lines.join('\n');
}
