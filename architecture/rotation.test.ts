import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createKeyring, resealAll, sealedPlace } from '#platform';
import { startTestProgram } from '../testing/program.ts';

const oldKey = randomBytes(32).toString('base64');
const newKey = randomBytes(32).toString('base64');
const program = await startTestProgram({ ENCRYPTION_KEYS: oldKey });
const { parts } = program.whole;
const columns = parts.flatMap((part) => (part.sealedColumns ?? []).map((column) => ({ ...column, schema: part.name })));

// One of everything that is sealed: answers on the way, a submission with its case and its e-mail, a note, a decision, a key.
const citizen = program.browser();
await citizen.get('/services/report-a-road-fault');
await citizen.post('/services/report-a-road-fault/start');
const answers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  fault: { fault: 'light' },
  place: { place: 'Mill Lane, by the bridge' },
  danger: { danger: 'false' },
  noticed: { 'noticed-day': '1', 'noticed-month': '2', 'noticed-year': '2025' },
  'email-address': { email: 'wren.tallow@example.org' },
};
for (const [page, fields] of Object.entries(answers)) {
  const answer = await citizen.post(`/services/report-a-road-fault/apply/${page}`, fields);
  assert.equal(answer.status, 303, page);
}
await citizen.post('/services/report-a-road-fault/check-your-answers');
const another = program.browser();
await another.get('/services/report-a-road-fault');
await another.post('/services/report-a-road-fault/start');
await another.post('/services/report-a-road-fault/apply/fault', { fault: 'sign' });
await program.tokenFor('report-a-road-fault');
const [opened] = await program.ask<{ organisation_id: string; service_id: string; id: string }>(
  'select organisation_id, service_id, id from casework.cases',
);
assert.ok(opened);
const caseAddress = `/staff/organisations/${opened.organisation_id}/services/${opened.service_id}/cases/${opened.id}`;
const wilma = await program.signIn('Wilma Stroud');
const note = /name="note" value="([^"]+)"/.exec((await wilma.get(caseAddress)).body)?.[1] ?? '';
assert.equal((await wilma.post(`${caseAddress}/notes`, { note, text: 'The bridge is ours.' })).status, 303);

async function sealedValues(): Promise<{ place: string; value: Buffer }[]> {
  const found: { place: string; value: Buffer }[] = [];
  for (const { schema, table, column, key } of columns) {
    const rows = await program.ask<Record<string, string | Buffer>>(
      `select ${key.map((name) => `${name}::text`).join(', ')}, ${column} as sealed_value from ${schema}.${table} where ${column} is not null`,
    );
    for (const { sealed_value: value, ...names } of rows) {
      assert.ok(Buffer.isBuffer(value));
      found.push({ place: sealedPlace(`${schema}.${table}.${column}`, ...Object.values(names).map(String)), value });
    }
  }
  return found;
}

test('every column that holds sealed values is named by its part', async () => {
  const rows = await program.ask<{ name: string }>(
    `select table_schema || '.' || table_name || '.' || column_name as name from information_schema.columns
      where data_type = 'bytea' and column_name like 'sealed%' and table_schema <> 'information_schema' order by 1`,
  );
  assert.deepEqual(
    rows.map((row) => row.name),
    columns.map(({ schema, table, column }) => `${schema}.${table}.${column}`).toSorted(),
  );
});

test('keys are rotated without losing a value, and a second run finds nothing to do', async () => {
  const ring = createKeyring([newKey, oldKey]);
  const before = await sealedValues();
  const tables = new Set(before.map(({ place }) => place.split('/')[0]));
  for (const wanted of [
    'forms.answers.sealed',
    'forms.submissions.sealed',
    'casework.cases.sealed_answers',
    'casework.notes.sealed_text',
    'notify.messages.sealed_content',
    'organisations.api_keys.sealed_secret',
  ]) {
    assert.ok(tables.has(wanted), `there is something in ${wanted}`);
  }
  const texts = new Map(before.map(({ place, value }) => [place, ring.open(place, value).toString()]));
  assert.ok([...texts.values()].some((text) => text.includes('Mill Lane')));

  assert.equal(await resealAll(program.database.ownerUrl, ring, parts), before.length);

  const onlyNew = createKeyring([newKey]);
  const after = await sealedValues();
  assert.deepEqual(
    new Map(after.map(({ place, value }) => [place, onlyNew.open(place, value).toString()])),
    texts,
    'the new key alone opens every value, and each is what it was',
  );
  assert.equal(await resealAll(program.database.ownerUrl, ring, parts), 0);
});

test('what was typed stands nowhere in the database as it was typed', async () => {
  const tables = await program.ask<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  for (const { name } of tables) {
    const rows = await program.ask(`select 1 from ${name} t where t::text ~* 'mill lane|wren\\.tallow|bridge is ours'`);
    assert.deepEqual(rows, [], name);
  }
});
