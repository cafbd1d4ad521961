import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestProgram } from '../../../../testing/program.ts';

const program = await startTestProgram();
const address = '/staff/operations/histories';
const words = { title: 'Ferries, 2016', publisher: 'Harbours', licence: 'Open', source: 'https://harbours.example' };
const file = (content: string) => [{ field: 'file', name: 'ferries.csv', content }];
const headings = 'Department,Name of service,2016-Q3 Vol.,2016-Q3 CPT (£)';

test('an operator brings a published history in, and everybody can read it', async () => {
  const operator = await program.signIn('Oriel Tandy');
  assert.match((await operator.get('/staff')).body, /href="\/staff\/operations\/histories"/);
  const sent = await operator.upload(address, words, file(`${headings}\nHarbours,Book a crossing,"1,200",many\n`));
  assert.equal(sent.status, 200, sent.body);
  assert.match(sent.body, /One service was read\. Figures that are new or different: 1/);
  assert.match(sent.body, /Row 2, Book a crossing: &quot;many&quot; for 2016-Q3/);
  const page = (await program.browser().get('/performance/histories/ferries-2016')).body;
  assert.match(page, /Publisher: Harbours\. Licence: Open\. Source: https:\/\/harbours\.example\./);
  assert.match(page, /1,200/);
});

test('what is missing, and a file that holds no history, are said beside their fields, and nothing is lost', async () => {
  const operator = await program.signIn('Oriel Tandy');
  const empty = await operator.upload(address, {}, []);
  assert.equal(empty.status, 400);
  for (const name of ['title', 'publisher', 'licence', 'source', 'file']) {
    assert.match(empty.body, new RegExp(`id="${name}-error"`));
  }
  const wrong = await operator.upload(address, words, file('a,b\n1,2\n'));
  assert.equal(wrong.status, 400);
  assert.match(wrong.body, /no row has a column &quot;Name of service&quot;/);
  assert.match(wrong.body, /value="Ferries, 2016"/);
});

test('nobody but operators brings histories in', async () => {
  const samir = await program.signIn('Samir Okafor');
  assert.equal((await samir.get(address)).status, 403);
  assert.equal((await samir.upload(address, words, file(`${headings}\nHarbours,Book,1,\n`))).status, 403);
});
