import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { createCalendar, type Database } from '#platform';
import { startTestProgram } from '../../../../testing/program.ts';
import { createTemplate } from '../templates/templates.ts';
import { createSending } from './sending.ts';

const program = await startTestProgram();
const { whole, server, keyring } = program;
const { database } = whole;
const [fishing] = await program.ask<{ organisation_id: string; id: string }>(
  `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
);
assert.ok(fishing);
const scope = { organisationId: fishing.organisation_id, actor: { kind: 'system', name: 'test' } } as const;

test('a message whose claim was kept by a database that died before it could say so is handed over all the same', async (t) => {
  const id = await send();
  let lost = 0;
  /** Keeps the first claim of the message, and then is gone. */
  const dying: Database = {
    ...database,
    transact: async (of, work) => {
      const result = await database.transact(of, work);
      if (lost === 0 && (await isClaimed(id))) {
        lost += 1;
        throw new Error('Connection terminated unexpectedly');
      }
      return result;
    },
  };
  const { background } = createSending({
    database: dying,
    keyring,
    settings: program.settings,
    webhooks: whole.webhooks,
    calendar: createCalendar('Europe/London'),
    scanner: null,
  });
  const [handingOver] = background;
  assert.ok(handingOver);
  const working = await handingOver(whole.log);
  t.after(() => working.stop());
  for (let waited = 0; (await statusOf(id)) === 'created'; waited += 100) {
    assert.ok(waited < 30_000, 'the message is still waiting');
    await pause(100);
  }
  assert.equal(lost, 1);
  assert.equal(await statusOf(id), 'kept');
  assert.equal(await isClaimed(id), false);
});

async function send(): Promise<string> {
  const template = await database.transact(scope, (tx) =>
    createTemplate(tx, { serviceId: fishing?.id ?? '', name: 'Claimed', type: 'email', subject: 'S', body: 'x' }),
  );
  const answer = await server.inject({
    method: 'POST',
    url: '/notify/v2/notifications/email',
    headers: {
      authorization: `Bearer ${await program.tokenFor('fishing-licence')}`,
      'content-type': 'application/json',
    },
    payload: JSON.stringify({ email_address: 'ada@example.com', template_id: template.id }),
  });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json().id;
}

async function statusOf(id: string): Promise<string | undefined> {
  const [row] = await program.ask<{ status: string }>('select status from notify.messages where id = $1', [id]);
  return row?.status;
}

async function isClaimed(id: string): Promise<boolean> {
  const rows = await program.ask(
    'select 1 as one from notify.hand_overs where message_id = $1 and claimed_by is not null',
    [id],
  );
  return rows.length > 0;
}
