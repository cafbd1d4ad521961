import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countTransactions } from '#measures';
import { createCalendar, newId, RowProblem } from '#platform';
import { startTestProgram } from '../../../../testing/program.ts';
import { transactionImporter } from './transaction-import.ts';

const program = await startTestProgram();
const [service] = await program.ask<{ organisation_id: string; id: string }>(
  "select organisation_id, id from organisations.services where slug = 'fishing-licence'",
);
assert.ok(service);
const scope = { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } } as const;
const address = `/staff/organisations/${service.organisation_id}/services/${service.id}/measures/imports`;
const calendar = createCalendar('Europe/London');

test('a row of a file is one event of one transaction on its day, and a file that comes twice is counted once', async () => {
  const source = { importId: newId(), fileName: 'calls.csv', rowNumber: 2, about: { serviceId: service.id } };
  const take = (record: Record<string, string>) =>
    program.database.database.transact(scope, (tx) => transactionImporter.take(tx, record, source));
  const row = { id: 'call 1', day: '2025-07-01', channel: 'phone' };
  assert.equal(await take(row), 'added');
  assert.equal(await take(row), 'same');
  await assert.rejects(take({ ...row, channel: 'pigeon' }), RowProblem);
  await assert.rejects(take({ ...row, id: 'call 2', day: '2999-07-01' }), /must not be in the future/);
  const counts = await program.database.database.transact(scope, (tx) =>
    countTransactions(tx, calendar, { serviceId: service.id, from: '2025-07-01', to: '2025-07-01' }),
  );
  assert.deepEqual([counts.total.completed, counts.total.started], [1, 0]);
});

test("a service's manager brings a file in, and is asked which column is what", async () => {
  const samir = await program.signIn('Samir Okafor');
  assert.match((await samir.get(address.replace('/imports', ''))).body, /Bring in transactions from a file/);
  const content = 'Case number,Date,Channel\ncall 7,01/07/2025,Telephone\n';
  const sent = await samir.upload(address, {}, [{ field: 'file', name: 'calls.csv', content }]);
  assert.equal(sent.status, 303, sent.body);
  const mapping = await samir.get(sent.location ?? '');
  assert.match(mapping.body, /Case number/);
  assert.match(mapping.body, /Identifier/);
});
