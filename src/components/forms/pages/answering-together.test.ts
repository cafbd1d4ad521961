import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { asOwner } from '../../../../testing/server.ts';
import { formsTables } from '../database.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { serveForms, Visitor } from './served-form.fixture.ts';

const home = '/services/pedlar';
const at = (path: string): string => `${home}/apply/${path}`;

const { server, publish, inside, ownerUrl } = await serveForms();
before(() =>
  publish(
    'pedlar',
    form({
      name: "Pedlar's certificate",
      pages: [
        page('/name', [question('TextField', 'fullName', 'What is your name?')]),
        page('/wares', [question('TextField', 'wares', 'What do you sell?')]),
      ],
    }),
  ),
);

/** Somebody who stands at the first page, and the id of what they have begun. */
async function begin(): Promise<{ visitor: Visitor; id: string }> {
  const known = new Set(await applications());
  const visitor = new Visitor(server);
  await visitor.open(home);
  await visitor.answer({}, `${home}/start`);
  const id = (await applications()).find((each) => !known.has(each));
  assert.ok(id);
  return { visitor, id };
}

async function applications(): Promise<string[]> {
  const rows = await inside((tx) => formsTables(tx).selectFrom('applications').select('id').execute());
  return rows.map(({ id }) => id);
}

describe('many people who answer in the same moment', () => {
  test('each has their own answer kept, and no other', async () => {
    const people = [];
    for (let number = 0; number < 70; number += 1) people.push({ number, ...(await begin()) });
    await Promise.all(people.map(({ visitor, number }) => visitor.answer({ fullName: `Person ${number} of seventy` })));
    for (const { visitor, number } of people) {
      assert.equal(visitor.at, at('wares'));
      await visitor.open(at('name'));
      assert.match(visitor.body, new RegExp(`value="Person ${number} of seventy"`));
    }
  });

  test('nobody waits for applications that are held by somebody else', async () => {
    const held = [await begin(), await begin(), await begin()];
    const free = await begin();
    const ids = held.map(({ id }) => id);
    const answering: Promise<string>[] = [];
    let saved = 0;
    await inside(async (tx) => {
      await formsTables(tx).selectFrom('applications').select('id').where('id', 'in', ids).forUpdate().execute();
      for (const { visitor } of held) {
        const answered = visitor.answer({ fullName: 'Held Up' });
        answering.push(answered);
        answered.then(() => (saved += 1)).catch(() => {});
        // Each is on its way by itself.
        await pause(20);
      }
      await free.visitor.answer({ fullName: 'Free To Go' });
      assert.equal(free.visitor.at, at('wares'));
      assert.equal(saved, 0);
    });
    await Promise.all(answering);
    for (const { visitor } of held) {
      await visitor.open(at('name'));
      assert.match(visitor.body, /value="Held Up"/);
    }
  });

  test('what the database refuses of one keeps no other from being saved', async () => {
    const refused = await begin();
    const fine = [await begin(), await begin()];
    await asOwner(
      ownerUrl,
      `create function forms.refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
       create trigger refuse before insert on forms.answers for each row
         when (new.application_id = '${refused.id}') execute function forms.refuse()`,
    );
    const [answered] = await Promise.all([
      refused.visitor.post(at('name'), { fullName: 'Not Kept' }),
      ...fine.map(({ visitor }) => visitor.answer({ fullName: 'Kept' })),
    ]);
    assert.equal(answered.status, 500);
    for (const { visitor } of fine) {
      assert.equal(visitor.at, at('wares'));
      await visitor.open(at('name'));
      assert.match(visitor.body, /value="Kept"/);
    }
  });
});
