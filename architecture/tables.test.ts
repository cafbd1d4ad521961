import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { partFolders } from '../src/parts.ts';
import { createTestDatabase } from '../testing/database.ts';

/** Tables that belong to no organisation, each with the reason. The list may only shrink. */
const notTenantOwned: Readonly<Record<string, string>> = {
  'platform.migrations': 'the schema is one for all organisations',
  'platform.marks': 'facts about the database as a whole',
};

/** Functions that run as the owner and so see every organisation. They find a tenant, and stand in one file each. */
const seesAll: readonly string[] = [
  'notify.find_claims',
  'notify.find_hand_overs',
  'notify.find_message_of_provider',
  'notify.find_number',
  'organisations.find_keys_of_services',
  'organisations.find_person',
  'organisations.find_service',
  'organisations.find_session',
  'organisations.find_sign_in',
  'organisations.list_demonstration_people',
  'platform.mandate_permits',
];

const schemas = partFolders.map((part) => part.name);
const database = await createTestDatabase();

async function asOwner<Row extends pg.QueryResultRow>(text: string, values: unknown[] = [schemas]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

const tables = () =>
  asOwner<{ name: string; first_key: string | null; secured: boolean; tenant_policy: boolean; comment: string | null }>(
    `select n.nspname || '.' || c.relname as name, c.relrowsecurity as secured, obj_description(c.oid, 'pg_class') as comment,
            (select a.attname from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
              where i.indrelid = c.oid and i.indisprimary) as first_key,
            exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant'
              and pg_get_expr(p.polqual, p.polrelid) like '%organisation_id = ( SELECT platform.tenant()%'
              and pg_get_expr(p.polwithcheck, p.polrelid) like '%organisation_id = ( SELECT platform.tenant()%') as tenant_policy
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any($1) and c.relkind in ('r', 'p') order by 1`,
  );

test('every table is owned by a tenant, or is on the list with its reason', async () => {
  const all = await tables();
  assert.ok(all.length > 20, 'the tables of all parts are there');
  const wrong = all.filter(
    (table) =>
      !(table.name in notTenantOwned) &&
      (table.first_key !== 'organisation_id' || !table.secured || !table.tenant_policy),
  );
  assert.deepEqual(wrong, []);
  assert.deepEqual(
    Object.keys(notTenantOwned).filter((name) => !all.some((table) => table.name === name)),
    [],
    'the list names no table that has gone',
  );
});

test('a planted table without a tenant is found', async () => {
  await asOwner('create table measures.planted (id uuid primary key)', []);
  try {
    const planted = (await tables()).find((table) => table.name === 'measures.planted');
    assert.equal(planted?.first_key, 'id');
    assert.equal(planted.secured, false);
  } finally {
    await asOwner('drop table measures.planted', []);
  }
});

test('every table says what a row means', async () => {
  assert.deepEqual(
    (await tables()).filter((table) => table.comment === null).map((table) => table.name),
    [],
  );
});

test('no foreign key crosses from one part into another, organisations excepted', async () => {
  const crossing = await asOwner<{ name: string }>(
    `select conrelid::regclass || ' -> ' || confrelid::regclass as name
       from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class f on f.oid = k.confrelid
       join pg_namespace cn on cn.oid = c.relnamespace join pg_namespace fn on fn.oid = f.relnamespace
      where k.contype = 'f' and cn.nspname = any($1) and cn.nspname <> fn.nspname and fn.nspname <> 'organisations'`,
  );
  assert.deepEqual(crossing, []);
});

test('only the listed functions see across organisations, and none can be called by everybody', async () => {
  const functions = await asOwner<{ name: string; open: boolean }>(
    `select n.nspname || '.' || p.proname as name,
            p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0) as open
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and n.nspname = any($1) order by 1`,
  );
  assert.deepEqual(
    functions.map((each) => each.name),
    seesAll,
  );
  assert.deepEqual(
    functions.filter((each) => each.open),
    [],
  );
});

test('the application owns nothing, and sees no row of any table without an organisation', async () => {
  const owned = await asOwner<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any($1) and pg_has_role('commonhold', c.relowner, 'usage')`,
  );
  assert.deepEqual(owned, []);
  for (const { name } of (await tables()).filter((table) => !(table.name in notTenantOwned))) {
    const rows = await database.database.find(`select 1 from ${name} limit 1`, []);
    assert.deepEqual(rows, [], name);
  }
});

test('the reader sees only what was opened to it, and can change nothing', async () => {
  const grants = await asOwner<{ name: string; privilege: string }>(
    `select c.oid::regclass::text as name, a.privilege_type as privilege
       from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
       join pg_roles r on r.oid = a.grantee
      where n.nspname = any($1) and r.rolname = 'commonhold_reader' order by 1, 2`,
  );
  assert.deepEqual(
    grants.filter((grant) => grant.privilege !== 'SELECT'),
    [],
  );
  // Names of departments and of their services are public; anything else that is opened needs a reason here.
  assert.deepEqual(
    grants.map((grant) => grant.name),
    [
      // Figures that anybody may check, made of counts and costs, none of a person; and which of them are to be made again.
      'measures.baselines',
      'measures.costs',
      'measures.day_counts',
      'measures.figures',
      'measures.histories',
      'measures.history_services',
      'measures.opinion_days',
      'measures.savings',
      'measures.stale_hours',
      'measures.system_costs',
      'measures.transitions',
      'measures.unit_charge_days',
      'organisations.organisations',
      'organisations.services',
    ],
  );
});
