import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { comparison, condition, form, page, question } from '../definition/forms.fixture.ts';
import { exportSubmissions } from '../applications/submissions.ts';
import { serveForms, Visitor } from './served-form.fixture.ts';

const served = await serveForms();

const repeat = (name: string, title: string, min = 1, max = 3) => ({
  controller: 'RepeatPageController',
  repeat: { options: { name, title }, schema: { min, max } },
});

/** Dogs, each with a page that only biters are asked, and each with any number of puppies. */
const kennel = form({
  name: 'Kennel',
  pages: [
    page('/owner', [question('TextField', 'owner', 'Your name')]),
    page(
      '/dog',
      [question('TextField', 'dogName', 'Name of the dog'), question('YesNoField', 'bites', 'Does it bite?')],
      {
        title: 'About the dog',
        ...repeat('dog', 'Dog'),
      },
    ),
    page('/bites', [question('TextField', 'whom', 'Whom did it bite?')], {
      condition: 'biter',
      ...repeat('dog', 'Dog'),
    }),
    page('/puppy', [question('TextField', 'puppyName', 'Name of the puppy')], {
      title: 'Puppies',
      ...repeat('puppy', 'Puppy', 1, 2),
    }),
    page('/insurance', [question('TextField', 'insurer', 'Who insures you?')], { condition: 'biter' }),
    page('/many', [question('TextField', 'why', 'Why so many?')], { condition: 'many' }),
  ],
  conditions: [
    condition('biter', [comparison('bites', 'is', 'BooleanValue', true)]),
    condition('many', [comparison('puppyName', 'is', 'StringValue', 'Legion')]),
  ],
  metadata: { repeats: { puppy: { within: 'dog' } } },
});

const address = '/services/kennel';
const apply = `${address}/apply`;

const serviceId = await served.publish('kennel', kennel);

async function begin(): Promise<Visitor> {
  const visitor = new Visitor(served.server);
  await visitor.open(address);
  await visitor.answer({}, `${address}/start`);
  await visitor.answer({ owner: 'Ann' });
  return visitor;
}

/** From the first page of a dog to the list of dogs. */
async function addDog(visitor: Visitor, name: string, bites: boolean, puppies: readonly string[]): Promise<void> {
  assert.match(visitor.at, /\/dog\/~\w+\/dog$/);
  await visitor.answer({ dogName: name, bites: String(bites) });
  if (bites) await visitor.answer({ whom: 'the postman' });
  for (const [index, puppyName] of puppies.entries()) {
    if (index > 0) await visitor.answer({ another: 'yes' });
    assert.match(visitor.at, /\/dog\/~\w+\/puppy\/~\w+\/puppy$/);
    await visitor.answer({ puppyName });
  }
  assert.match(visitor.at, /\/dog\/~\w+\/puppy$/);
  await visitor.answer(puppies.length < 2 ? { another: 'no' } : {});
  assert.match(visitor.at, /\/dog\/~\w+$/);
  assert.match(visitor.body, /Check your answers/);
  await visitor.open(`${apply}/dog`);
}

const itemsOf = (visitor: Visitor): string[] =>
  [...visitor.body.matchAll(/id="item-(\w+)"/g)].map(([, name]) => name ?? '');

describe('a person who adds several things', () => {
  test('answers several pages about each, with conditions and others inside, and sees them all before sending', async () => {
    const ann = await begin();
    await addDog(ann, 'Rex', false, ['Pip']);
    assert.match(ann.body, /Dog 1[^]*Rex/);
    await ann.answer({ another: 'yes' });
    await addDog(ann, 'Fang', true, ['Nip', 'Tuck']);
    assert.match(ann.body, /Dog 2[^]*Fang/);
    assert.equal(await ann.answer({ another: 'no' }), `${apply}/insurance`);
    assert.equal(await ann.answer({ insurer: 'Acme' }), `${address}/check-your-answers`);
    for (const text of ['Rex', 'Pip', 'Fang', 'the postman', 'Nip', 'Tuck', 'Dog 2, Puppy 1', '2 added', 'Acme']) {
      assert.ok(ann.body.includes(text), text);
    }
    await ann.answer({}, `${address}/check-your-answers`);
    const [sent] = await served.inside((tx) => exportSubmissions(tx, served.keyring, { serviceId }));
    assert.deepEqual(
      sent?.questions
        .filter(({ key }) => key === 'puppyName')
        .map(({ value, items }) => [value, items?.map(({ title }) => title)]),
      [
        ['Pip', ['Dog 1', 'Puppy 1']],
        ['Nip', ['Dog 2', 'Puppy 1']],
        ['Tuck', ['Dog 2', 'Puppy 2']],
      ],
    );
  });

  test('changes one answer, and is asked only what that opens, in that item alone', async () => {
    const bob = await begin();
    await addDog(bob, 'Rex', false, ['Pip']);
    await bob.answer({ another: 'no' });
    assert.equal(bob.at, `${address}/check-your-answers`);
    const change = /href="([^"]+\/dog\/~\w+\/dog\?change=yes)"/.exec(bob.body)?.[1] ?? assert.fail();
    await bob.open(change);
    assert.match(bob.body, /value="Rex"/);
    await bob.answer({ dogName: 'Rex', bites: 'true' });
    assert.match(bob.at, /\/dog\/~\w+\/bites$/);
    await bob.answer({ whom: 'me' });
    await bob.open(`${address}/check-your-answers`);
    assert.match(bob.at, /insurance\?change=yes$/);
    assert.equal(await bob.answer({ insurer: 'Acme' }), `${address}/check-your-answers`);
  });

  test('removes one after being asked, and puts the others in another order', async () => {
    const cleo = await begin();
    for (const [index, name] of ['One', 'Two', 'Three'].entries()) {
      if (index > 0) await cleo.answer({ another: 'yes' });
      await addDog(cleo, name, false, ['Pip']);
    }
    assert.match(cleo.body, /which is the most: 3/);
    const [one = '', two = '', three = ''] = itemsOf(cleo);
    await cleo.open(`${apply}/dog?order=yes`);
    await cleo.answer({ up: three });
    await cleo.open(`${apply}/dog`);
    assert.deepEqual(itemsOf(cleo), [one, three, two]);
    await cleo.open(`${apply}/dog/~${one}?remove=yes`);
    assert.match(cleo.body, /Are you sure you want to remove dog 1\?/);
    assert.equal((await cleo.post(cleo.at)).status, 422);
    assert.equal(await cleo.answer({ remove: 'no' }), `${apply}/dog`);
    await cleo.open(`${apply}/dog/~${one}?remove=yes`);
    await cleo.answer({ remove: 'yes' });
    assert.deepEqual(itemsOf(cleo), [three, two]);
    assert.match(cleo.body, /Dog 1[^]*Three[^]*Dog 2[^]*Two/);
    assert.doesNotMatch(cleo.body, />One/);
  });

  test('cannot leave the list before each is complete and there are enough, nor add more than the most', async () => {
    const dan = await begin();
    const first = dan.at;
    await dan.answer({ dogName: 'Rex', bites: 'true' });
    await dan.open(`${apply}/dog`);
    assert.match(dan.body, /Incomplete/);
    assert.equal((await dan.post(dan.at, { another: 'no' })).status, 422);
    assert.match(dan.body, /<a href="#item-\w+">Dog 1 is not complete/);
    await dan.open(`${apply}/many`);
    assert.notEqual(dan.at, `${apply}/many`);
    await dan.open(first);
    await dan.answer({ dogName: 'Rex', bites: 'false' });
    await dan.answer({ puppyName: 'Pip' });
    assert.equal((await dan.post(dan.at)).status, 422);
    assert.match(dan.body, /Select yes if you want to add another puppy/);
    await dan.answer({ another: 'yes' });
    await dan.answer({ puppyName: 'Pop' });
    const full = dan.at;
    const more = await dan.post(`${full}/~zzzzzz/puppy`, { puppyName: 'Pup' });
    assert.equal(more.status, 303);
    await dan.open(full);
    assert.equal(itemsOf(dan).length, 2);
  });

  test('is asked a later page if what they said of any of them asks for it', async () => {
    const eve = await begin();
    await addDog(eve, 'Rex', false, ['Pip']);
    await eve.answer({ another: 'yes' });
    await addDog(eve, 'Max', false, ['Pip', 'Legion']);
    assert.equal(await eve.answer({ another: 'no' }), `${apply}/many`);
  });

  test('finds nothing at an address that was made up, and cannot remove what is not there', async () => {
    const gil = await begin();
    await addDog(gil, 'Rex', false, ['Pip']);
    for (const path of ['dog/~', 'dog/~a b', 'dog/~x/none', 'owner/~x/dog', 'dog/~../dog', `dog/~${'x'.repeat(300)}`]) {
      assert.ok([404, 303, 400].includes((await gil.get(`${apply}/${path}`)).status), path);
    }
    assert.equal((await gil.post(`${apply}/dog/~nothere`, { remove: 'yes' })).to, `${apply}/dog`);
    await gil.open(`${apply}/dog`);
    assert.equal(itemsOf(gil).length, 1);
  });
});

test('a page is asked as many times as an answer says, one time after the other', async () => {
  const text = (name: string, title: string) => ({ type: 'TextField', name, title, options: {}, schema: {} });
  await served.publish('party', {
    name: 'Party',
    version: 2,
    startPage: '/how-many',
    pages: [
      {
        path: '/how-many',
        title: 'How many guests?',
        components: [{ type: 'NumberField', name: 'guests', title: 'Guests', options: {}, schema: { min: 0 } }],
        next: [{ path: '/guest' }],
      },
      {
        path: '/guest',
        title: 'Guest',
        repeatField: 'guests',
        components: [text('who', 'Who?')],
        next: [{ path: '/food' }],
      },
      {
        path: '/food',
        title: 'Food',
        repeatField: 'guests',
        components: [text('food', 'Food?')],
        next: [{ path: '/end' }],
      },
      { path: '/end', title: 'End', controller: './pages/summary.js' },
    ],
    lists: [],
    sections: [],
    conditions: [],
  });
  const party = new Visitor(served.server);
  await party.open('/services/party');
  await party.answer({}, '/services/party/start');
  await party.answer({ guests: '2' });
  for (const number of [1, 2]) {
    assert.equal(party.at, `/services/party/apply/guest/~${number}/guest`);
    assert.match(party.body, new RegExp(`Guest ${number}`));
    await party.answer({ who: `Guest ${number}` });
    await party.answer({ food: 'Cake' });
    await party.open('/services/party/apply/guest');
  }
  assert.equal(await party.answer(), '/services/party/check-your-answers');
  await party.open('/services/party/apply/how-many?change=yes');
  assert.equal(await party.answer({ guests: '0' }), '/services/party/check-your-answers');
  assert.doesNotMatch(party.body, /Cake/);
});

test('tasks are done in any order, say how far they are, and lead to checking when all are done', async () => {
  const licence = form({
    name: 'Licence',
    metadata: { journey: 'task-list' },
    sections: [
      { id: 'you', name: 'you', title: 'About you' },
      { id: 'dog', name: 'dog', title: 'About your dog' },
      { id: 'bites', name: 'bites', title: 'Bites' },
    ],
    pages: [
      page('/adult', [question('YesNoField', 'adult', 'Are you 18 or over?')]),
      page('/sorry', [], { title: 'You cannot apply', controller: 'TerminalPageController', condition: 'child' }),
      page('/name', [question('TextField', 'fullName', 'Name')], { section: 'you' }),
      page('/town', [question('TextField', 'town', 'Town')], { section: 'you' }),
      page('/dog', [question('YesNoField', 'bites', 'Does it bite?')], { section: 'dog' }),
      page('/whom', [question('TextField', 'whom', 'Whom?')], { section: 'bites', condition: 'biter' }),
    ],
    conditions: [
      condition('child', [comparison('adult', 'is', 'BooleanValue', false)]),
      condition('biter', [comparison('bites', 'is', 'BooleanValue', true)]),
    ],
  });
  await served.publish('licence', licence);
  const tasks = '/services/licence/tasks';
  const fay = new Visitor(served.server);
  await fay.open('/services/licence');
  assert.equal(await fay.answer({}, '/services/licence/start'), '/services/licence/apply/adult');
  await fay.open(tasks);
  assert.equal(fay.at, '/services/licence/apply/adult');
  assert.equal(await fay.answer({ adult: 'false' }), '/services/licence/apply/sorry');
  await fay.open(tasks);
  assert.equal(fay.at, '/services/licence/apply/sorry');
  assert.equal(await fay.answer({ adult: 'true' }, '/services/licence/apply/adult'), tasks);
  assert.match(fay.body, /completed 0 of 3[^]*About you[^]*Not yet started[^]*Bites[^]*Cannot start yet/);
  await fay.open('/services/licence/apply/dog');
  assert.equal(await fay.answer({ bites: 'true' }), tasks);
  await fay.open('/services/licence/apply/name');
  await fay.answer({ fullName: 'Fay' });
  await fay.open(tasks);
  assert.match(fay.body, /About you[^]*In progress[^]*About your dog[^]*Completed[^]*Bites[^]*Not yet started/);
  assert.doesNotMatch(fay.body, /Check your answers and send/);
  await fay.open('/services/licence/apply/town');
  await fay.answer({ town: 'Exampleton' });
  await fay.open('/services/licence/apply/whom');
  await fay.answer({ whom: 'me' });
  assert.match(fay.body, /completed 3 of 3[^]*Check your answers and send/);
  await fay.open('/services/licence/check-your-answers');
  assert.equal(await fay.answer(), '/services/licence/confirmation');
});
