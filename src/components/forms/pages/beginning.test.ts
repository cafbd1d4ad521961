import assert from 'node:assert/strict';
import { test } from 'node:test';
import { form, page, question } from '../definition/forms.fixture.ts';
import { formsTables } from '../database.ts';
import { serveForms, Visitor } from './served-form.fixture.ts';

const served = await serveForms();
await served.publish('bees', form({ pages: [page('/name', [question('TextField', 'fullName', 'Full name')])] }));
const address = '/services/bees';

const countApplications = (): Promise<number> =>
  served.inside(async (tx) => (await formsTables(tx).selectFrom('applications').select('id').execute()).length);

async function offeredTo(visitor: Visitor): Promise<string> {
  await visitor.open(address);
  return /name="beginning" value="([^"]+)"/.exec(visitor.body)?.[1] ?? assert.fail(visitor.body);
}

test('beginning that is posted again, since its answer was lost, begins nothing more', async () => {
  const before = await countApplications();
  const ann = new Visitor(served.server);
  const beginning = await offeredTo(ann);
  const again = await served.serveAgain();
  await Promise.all([
    ann.post(`${address}/start`, { beginning }),
    ann.anotherTab(again).post(`${address}/start`, { beginning }),
  ]);
  await ann.answer({ beginning }, `${address}/start`);
  assert.equal(ann.at, `${address}/apply/name`);
  assert.equal(await countApplications(), before + 1);
  await ann.answer({ fullName: 'Ann' });
  await ann.answer();
  assert.equal(ann.at, `${address}/confirmation`);
  await again.close();
});

test('who begins anew after having answered something gets an empty form, and another computer’s user sees nothing', async () => {
  const ann = new Visitor(served.server);
  const beginning = await offeredTo(ann);
  await ann.answer({ beginning }, `${address}/start`);
  await ann.answer({ fullName: 'Ann' });
  const before = await countApplications();
  await ann.answer({ beginning }, `${address}/start`);
  assert.equal(await countApplications(), before + 1);
  await ann.open(`${address}/apply/name`);
  assert.doesNotMatch(ann.body, /value="Ann"/);
});

test('a beginning that was never offered, or is somebody else’s in part, begins an application of its own', async () => {
  const ann = new Visitor(served.server);
  const beginning = await offeredTo(ann);
  await ann.answer({ beginning }, `${address}/start`);
  const [id = ''] = beginning.split('.');
  for (const forged of ['', 'x', `${id}.${'A'.repeat(43)}`, `${id}.`, `${'x'.repeat(36)}.${'A'.repeat(43)}`]) {
    const before = await countApplications();
    const eve = new Visitor(served.server);
    await offeredTo(eve);
    await eve.answer({ beginning: forged }, `${address}/start`);
    assert.equal(eve.at, `${address}/apply/name`);
    assert.equal(await countApplications(), before + 1, forged);
  }
});
