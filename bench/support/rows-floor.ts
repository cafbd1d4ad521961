import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';

/**
 * The floor that a submission is held against: as many bare saves and loads of one row each, under row-level security, as the
 * submission has requests. Run as a process of its own with DATABASE_URL (the program's login) and DATABASE_OWNER_URL set. Told
 * `{saves, loads, milliseconds, at once}`, it answers with how many such sets it did in a second.
 */
const owner = new pg.Client({ connectionString: process.env['DATABASE_OWNER_URL'] });
await owner.connect();
await owner.query(`
  create schema if not exists floor;
  create table if not exists floor.rows (organisation_id uuid not null, id uuid not null, page text not null, sealed bytea not null, primary key (organisation_id, id, page));
  alter table floor.rows enable row level security;
  drop policy if exists own on floor.rows;
  create policy own on floor.rows using (organisation_id = current_setting('commonhold.organisation', true)::uuid);
  grant usage on schema floor to commonhold_application;
  grant select, insert, update on floor.rows to commonhold_application;`);
await owner.end();
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 16 });
const organisation = randomUUID();
const sealed = randomBytes(120);

async function inTransaction(work: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`set local commonhold.organisation = '${organisation}'`);
    await work(client);
    await client.query('commit');
  } finally {
    client.release();
  }
}

const save = (id: string, page: string): Promise<void> =>
  inTransaction((client) =>
    client.query({
      name: 'save',
      text: `insert into floor.rows values ($1, $2, $3, $4) on conflict (organisation_id, id, page) do update set sealed = excluded.sealed`,
      values: [organisation, id, page, sealed],
    }),
  );

const load = (id: string, page: string): Promise<void> =>
  inTransaction((client) =>
    client.query({
      name: 'load',
      text: 'select sealed from floor.rows where organisation_id = $1 and id = $2 and page = $3',
      values: [organisation, id, page],
    }),
  );

process.on('message', (wanted: { saves: number; loads: number; milliseconds: number; atOnce: number }) => {
  void measure(wanted);
});

async function measure({
  saves,
  loads,
  milliseconds,
  atOnce,
}: {
  saves: number;
  loads: number;
  milliseconds: number;
  atOnce: number;
}): Promise<void> {
  const until = performance.now() + milliseconds;
  let done = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (;;) {
        const id = randomUUID();
        for (let page = 0; page < Math.max(saves, loads); page += 1) {
          if (performance.now() > until) return;
          if (page < saves) await save(id, `page-${page}`);
          if (page < loads) await load(id, `page-${Math.min(page, saves - 1)}`);
          done += Number(page < saves) + Number(page < loads);
        }
      }
    }),
  );
  process.send?.(done / (saves + loads) / (milliseconds / 1000));
}
console.log('ready');
process.on('disconnect', () => process.exit());
