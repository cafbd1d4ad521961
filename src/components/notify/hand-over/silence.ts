import { sql } from 'kysely';
import { listOrganisations } from '#organisations';
import { newId, type Database, type Scope, type Tx } from '#platform';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { notifyTables } from '../database.ts';

/** How long a receipt is waited for, in hours, as GOV.UK Notify waits. */
const waitedHours = 72;
const mostTogether = 500;

/**
 * Ends the waiting for receipts that did not come. A text message counts as not reached for now, because networks report
 * what they deliver. An email counts as sent, and no more is known: mail servers report what they could not deliver, and most
 * report nothing else.
 *
 * @returns how many messages were ended.
 */
export async function endSilence({
  database,
  callbacks,
}: {
  database: Database;
  callbacks: Callbacks;
}): Promise<number> {
  let count = 0;
  for (const { id: organisationId } of await listOrganisations(database)) {
    const scope: Scope = { organisationId, actor: { kind: 'system', name: 'notify.end-silence' } };
    for (;;) {
      const ended = await database.transact(scope, (tx) => endSome(tx, callbacks));
      count += ended;
      if (ended < mostTogether) break;
    }
  }
  return count;
}

async function endSome(tx: Tx, callbacks: Callbacks): Promise<number> {
  const words = `No receipt came within ${waitedHours} hours.`;
  const { rows } = await sql<{ id: string; service_id: string | null; channel: string }>`
    with silent as (
      select m.id from notify.messages m
       where m.organisation_id = ${tx.organisationId} and m.status in ('sending', 'pending') and m.channel <> 'letter'
         and m.handed_over_at < now() - make_interval(hours => ${waitedHours})
       order by m.handed_over_at limit ${mostTogether} for update skip locked)
    update notify.messages m
       set status = case m.channel when 'sms' then 'temporary-failure' else 'sent' end,
           failed_at = case m.channel when 'sms' then now() end, failure = case m.channel when 'sms' then ${words} end
      from silent where m.organisation_id = ${tx.organisationId} and m.id = silent.id
    returning m.id, m.service_id, m.channel`.execute(notifyTables(tx));
  if (rows.length === 0) return 0;
  await notifyTables(tx)
    .insertInto('message_events')
    .values(
      rows.map(({ id, channel }) => ({
        organisation_id: tx.organisationId,
        message_id: id,
        id: newId(),
        what: channel === 'sms' ? 'Not reached' : 'Sent',
        provider: null,
        detail: words,
      })),
    )
    .execute();
  await callbacks.statuses(
    tx,
    rows.map(({ id, service_id: serviceId }) => ({ messageId: id, serviceId })),
  );
  return rows.length;
}
