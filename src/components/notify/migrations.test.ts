import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { migrateDatabase, newId } from '#platform';
import { createTestDatabase } from '../../../testing/database.ts';

test('templates from before they had an id keep their versions, and messages their text', async () => {
  const { ownerUrl } = await createTestDatabase({ empty: true });
  const before = await mkdtemp(join(tmpdir(), 'commonhold-notify-'));
  await mkdir(join(before, 'migrations'));
  const first = '0001-messages.sql';
  await copyFile(join(import.meta.dirname, 'migrations', first), join(before, 'migrations', first));
  const platform = { name: 'platform', folder: join(import.meta.dirname, '..', '..', 'platform') };
  const organisations = { name: 'organisations', folder: join(import.meta.dirname, '..', '..', 'organisations') };
  await migrateDatabase(ownerUrl, [platform, organisations, { name: 'notify', folder: before }]);
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const [organisation, one, two] = [newId(), newId(), newId()];
    for (const service of [one, two]) {
      await client.query(
        `insert into notify.templates (organisation_id, service_id, name_key, version, name, subject, body)
         select $1, $2, key, version, key, 'Subject', key || ' ' || version
           from unnest(array['approved', 'refused']) key, generate_series(1, 3) version`,
        [organisation, service],
      );
    }
    await client.query(
      `insert into notify.messages (organisation_id, id, service_id, template, template_version, sealed_recipient, sealed_content)
       values ($1, $2, $3, 'approved', 1, 'x', 'x')`,
      [organisation, newId(), one],
    );
    await migrateDatabase(ownerUrl, [platform, organisations, { name: 'notify', folder: import.meta.dirname }]);
    const { rows } = await client.query<{ service_id: string; name_key: string; newest: number; bodies: string[] }>(
      `select t.service_id, t.name_key, t.version as newest, array_agg(v.body order by v.version) as bodies
         from notify.templates t join notify.template_versions v
           on v.organisation_id = t.organisation_id and v.template_id = t.id
        group by t.organisation_id, t.id order by t.service_id, t.name_key`,
    );
    assert.deepEqual(
      rows,
      [one, two].toSorted().flatMap((service) =>
        ['approved', 'refused'].map((name) => ({
          service_id: service,
          name_key: name,
          newest: 3,
          bodies: [1, 2, 3].map((version) => `${name} ${version}`),
        })),
      ),
    );
    const messages = await client.query('select key_kind, template_id from notify.messages');
    assert.deepEqual(messages.rows, [{ key_kind: null, template_id: null }]);
  } finally {
    await client.end();
    await rm(before, { recursive: true });
  }
});
