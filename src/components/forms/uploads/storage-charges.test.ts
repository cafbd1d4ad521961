import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startTestProgram } from '../../../../testing/program.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { publishForm } from '../versions/versions.ts';
import { chargeStorage } from './storage-charges.ts';

const folder = mkdtempSync(join(tmpdir(), 'commonhold-storage-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const program = await startTestProgram({ DATA_FOLDER: folder });
const address = '/services/fishing-licence';
const price = { microsPerGigabyteMonth: 3_650_000_000, currency: 'GBP' };
const on = (day: string) => chargeStorage(program.whole.database, { calendar: { today: () => day }, price });
const charges = () =>
  program.ask<{ kind: string; charge_key: string; quantity: number; amount_micros: number }>(
    `select kind, charge_key, quantity::float8, amount_micros::float8 from measures.unit_charges
      where component = 'forms' order by charge_key`,
  );

test('a service is charged once for each day of keeping what people sent it', async () => {
  const [service] = await program.ask<{ organisation_id: string; id: string }>(
    `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
  );
  assert.ok(service);
  const definition = form({
    name: 'Evidence',
    pages: [
      page('/evidence', [question('FileUploadField', 'evidence', 'Upload your evidence')]),
      page('/summary', [], { title: 'Summary', controller: 'SummaryPageController' }),
    ],
  });
  await program.whole.database.transact(
    { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } },
    (tx) => publishForm(tx, { serviceId: service.id, definition, canScanFiles: true }),
  );
  assert.equal(await on('2026-03-01'), 0);

  const browser = program.browser();
  await browser.get(address);
  await browser.post(`${address}/start`);
  const content = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(199_985, 'x'), Buffer.from('\n%%EOF')]);
  const sent = await browser.upload(`${address}/apply/evidence`, {}, [{ field: 'evidence', name: 'a.pdf', content }]);
  assert.equal(sent.status, 303, sent.body);

  assert.deepEqual([await on('2026-03-02'), await on('2026-03-02'), await on('2026-03-03')], [1, 1, 1]);
  // A fifth of a megabyte; a gigabyte costs 120 a day.
  const charge = { kind: 'gigabyte for a day', quantity: 0.0002, amount_micros: 24_000 };
  assert.deepEqual(await charges(), [
    { ...charge, charge_key: 'storage 2026-03-02' },
    { ...charge, charge_key: 'storage 2026-03-03' },
  ]);
});
