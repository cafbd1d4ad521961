import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { startTestProgram } from '../../../../testing/program.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { exportSubmissions } from '../applications/submissions.ts';
import { publishForm } from '../versions/versions.ts';
import { erasePrefills } from './prefills.ts';

const program = await startTestProgram();
const { ask, whole } = program;
const address = '/services/fishing-licence';
let scope: Parameters<typeof whole.database.transact>[0];
let serviceId = '';

const repeat = {
  controller: 'RepeatPageController',
  repeat: { options: { name: 'dog', title: 'Dog' }, schema: { min: 1, max: 2 } },
};
const definition = form({
  name: 'Licence',
  lists: [
    {
      id: 'kinds',
      name: 'kinds',
      title: 'Kinds',
      type: 'string',
      items: [
        { id: 'a', text: 'Big dog', value: 'big' },
        { id: 'b', text: 'Small dog', value: 'small' },
      ],
    },
  ],
  pages: [
    page('/name', [
      question('TextField', 'fullName', 'What is your full name?', { schema: { max: 20 } }),
      question('HiddenField', 'fileNumber', 'File number'),
    ]),
    page('/born', [question('DatePartsField', 'born', 'When were you born?', { options: { maxDaysInFuture: 0 } })]),
    page('/address', [question('UkAddressField', 'home', 'Where do you live?')]),
    page(
      '/dog',
      [
        question('TextField', 'dogName', 'Name of the dog'),
        question('RadiosField', 'kind', 'Kind of dog', { list: 'kinds' }),
      ],
      { title: 'Your dogs', ...repeat },
    ),
    page('/email', [question('EmailAddressField', 'email', 'What is your email address?')]),
    page('/photo', [
      question('FileUploadField', 'photo', 'Upload a photo', { options: { required: false } }),
      question('DeclarationField', 'agreed', 'Do you agree?', { content: 'I agree.' }),
    ]),
    page('/summary', [question('TextField', 'last', 'Anything else?', { options: { required: false } })], {
      title: 'Summary',
      controller: 'SummaryPageController',
    }),
  ],
});

before(async () => {
  const [service] = await ask<{ organisation_id: string; id: string }>(
    `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
  );
  assert.ok(service);
  scope = { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } };
  serviceId = service.id;
  await whole.database.transact(scope, (tx) => publishForm(tx, { serviceId, definition, canScanFiles: true }));
});

const known = {
  fullName: 'Maren Holt',
  fileNumber: 'A-4711',
  born: '1985-06-30',
  home: { addressLine1: '12 Harbour Road', town: 'Port Ansa', postcode: 'SW1A 1AA' },
  dog: [
    { dogName: 'Rex', kind: 'big' },
    { dogName: 'Pip', kind: 'small' },
  ],
};

/** What the department's own system sends, signed with its key. */
async function call(body: object, kind: 'live' | 'test' = 'live') {
  const response = await program.server.inject({
    method: 'POST',
    url: '/api/prefilled-forms',
    headers: { authorization: `Bearer ${await program.tokenFor('fishing-licence', kind)}` },
    payload: body,
  });
  const answer: {
    link?: string | null;
    expiresAt?: string | null;
    errors?: { place: string; message: string }[];
  } = response.json();
  return { status: response.statusCode, path: (answer.link ?? '').replace(/^https?:\/\/[^/]+/, ''), ...answer };
}

const countPrefills = async (): Promise<number> =>
  (await ask<{ n: number }>('select count(*)::int as n from forms.prefills'))[0]?.n ?? 0;

suite('a form that is opened with answers filled in', () => {
  test('shows each answer and whom it comes from, and counts it only when the person has gone on from it', async () => {
    const made = await call({ answers: known, from: 'the Register of Dogs' });
    assert.equal(made.status, 201);
    assert.match(made.path, /^\/services\/fishing-licence\/filled-in\/[\w-]{43}$/);
    assert.doesNotMatch(made.link ?? '', /Maren|Holt|1985/);

    const browser = program.browser();
    const start = await browser.get(made.path);
    assert.match(start.body, /Some answers were filled in for you/);
    assert.match(start.body, /They come from the Register of Dogs/);
    assert.doesNotMatch(start.body, /Maren/, 'the start page shows no answer');
    assert.equal((await browser.post(made.path)).location, `${address}/apply/name`);

    const name = await browser.get(`${address}/apply/name`);
    assert.match(name.body, /value="Maren Holt"/);
    assert.match(name.body, /They come from the Register of Dogs/);
    const early = await browser.get(`${address}/check-your-answers`);
    assert.match(early.location ?? '', /apply\/name/, 'nobody sends what they have not seen');

    await browser.post(`${address}/apply/name`, { fullName: 'Maren Hale', fileNumber: 'FORGED' });
    const changed = await browser.get(`${address}/apply/name`);
    assert.match(changed.body, /value="Maren Hale"/);
    assert.doesNotMatch(changed.body, /filled in for you/, 'what the person has changed is their own');

    const born = await browser.get(`${address}/apply/born`);
    for (const part of ['30', '6', '1985']) assert.match(born.body, new RegExp(`value="0?${part}"`));
    await browser.post(`${address}/apply/born`, { 'born-day': '30', 'born-month': '6', 'born-year': '1985' });
    assert.match((await browser.get(`${address}/apply/address`)).body, /value="12 Harbour Road"/);
    await browser.post(`${address}/apply/address`, {
      'home-addressLine1': '12 Harbour Road',
      'home-town': 'Port Ansa',
      'home-postcode': 'SW1A 1AA',
    });

    const dogs = await browser.get(`${address}/apply/dog`);
    assert.match(dogs.body, /Dog 1[^]*Rex[^]*Dog 2[^]*Pip/);
    const unseen = await browser.post(`${address}/apply/dog`, {});
    assert.equal(unseen.status, 422, 'each of them is looked at too');
    for (const [, at = ''] of dogs.body.matchAll(/href="([^"]+\/dog\/~\w+\/dog)/g)) {
      const dog = await browser.get(at);
      assert.match(dog.body, /filled in for you/);
      const dogName = /name="dogName"[^>]*value="(\w+)"/.exec(dog.body)?.[1] ?? '';
      await browser.post(at, { dogName, kind: dogName === 'Rex' ? 'big' : 'small' });
    }
    assert.equal((await browser.post(`${address}/apply/dog`, {})).location, `${address}/apply/email`);
    await browser.post(`${address}/apply/email`, { email: 'maren.hale@example.org' });
    await browser.upload(`${address}/apply/photo`, { agreed: 'true' }, []);
    const check = await browser.get(`${address}/check-your-answers`);
    assert.match(check.body, /Maren Hale[^]*Rex[^]*Pip/);
    assert.doesNotMatch(check.body, /File number|4711/, 'a hidden value is not for the person');
    await browser.post(`${address}/check-your-answers`);
    const [sent] = await whole.database.transact(scope, (tx) => exportSubmissions(tx, program.keyring, { serviceId }));
    const valueOf = (key: string) => sent?.questions.find((each) => each.key === key)?.value;
    assert.equal(valueOf('fileNumber'), 'A-4711', 'what the link brought along was not for the person to change');
    assert.equal(valueOf('fullName'), 'Maren Hale');
    assert.equal((await program.browser().get(made.path)).status, 410, 'the link ends when it was sent');
    assert.equal(await countPrefills(), 0);
  });

  test('is refused with each answer that does not fit, by its place, and nothing is kept', async () => {
    const wrong = await call({
      answers: {
        fullName: 'A name that is much too long for this form',
        born: '2020-02-31',
        home: 'Harbour Road',
        nickname: 'Mo',
        dog: [{ dogName: 'Rex', kind: 'huge' }, 'Pip', { dogName: 'Nip' }],
        photo: 'me.pdf',
        agreed: true,
        last: 'no',
        email: null,
        fileNumber: ['a'],
      },
    });
    assert.equal(wrong.status, 422);
    const places = Object.fromEntries((wrong.errors ?? []).map((each) => [each.place, each.message]));
    assert.deepEqual(Object.keys(places).toSorted(), [
      '/answers/agreed',
      '/answers/born',
      '/answers/dog',
      '/answers/email',
      '/answers/fileNumber',
      '/answers/fullName',
      '/answers/home',
      '/answers/last',
      '/answers/nickname',
      '/answers/photo',
    ]);
    assert.match(places['/answers/nickname'] ?? '', /no question of this name. Its questions are: fullName/);
    assert.match(places['/answers/born'] ?? '', /YYYY-MM-DD/);
    assert.doesNotMatch(JSON.stringify(wrong), /much too long|Harbour|huge/, 'no answer comes back');
    const items = await call({ answers: { dog: [{ dogName: 'Rex', kind: 'huge' }, 'Pip'] } });
    assert.deepEqual(
      items.errors?.map(({ place }) => place),
      ['/answers/dog/0/kind', '/answers/dog/1'],
    );
    assert.equal((await call({ answers: 'x' })).status, 400);
    assert.equal((await call({ answers: {}, days: 1000 })).status, 400);
    assert.equal(await countPrefills(), 0);
  });

  test('is checked and not kept with a test key', async () => {
    const trial = await call({ answers: { fullName: 'Maren Holt' } }, 'test');
    assert.deepEqual([trial.status, trial.link], [201, null]);
    assert.equal((await call({ answers: { fullname: 'x' } }, 'test')).status, 422);
    assert.equal(await countPrefills(), 0);
  });

  test('has one link however often the call is sent, with the newest answers, until it is ended', async () => {
    const [one, other] = await Promise.all(
      ['Ann', 'Bob'].map((fullName) => call({ answers: { fullName }, reference: 'file-1' })),
    );
    assert.equal(one?.link, other?.link);
    const again = await call({ answers: { fullName: 'Cem' }, reference: 'file-1' });
    assert.equal(again.link, one?.link);
    const browser = program.browser();
    await browser.get(again.path);
    await browser.post(again.path);
    assert.match((await browser.get(`${address}/apply/name`)).body, /value="Cem"/);
    const end = async (): Promise<number> =>
      (
        await program.server.inject({
          method: 'DELETE',
          url: '/api/prefilled-forms/file-1',
          headers: { authorization: `Bearer ${await program.tokenFor('fishing-licence')}` },
        })
      ).statusCode;
    assert.deepEqual([await end(), await end()], [204, 404]);
    assert.equal((await program.browser().get(again.path)).status, 410);
    assert.equal((await browser.get(`${address}/apply/name`)).status, 200, 'what was begun with it stays');
  });

  test('works until it expires, for its own service only, and is then erased', async () => {
    const made = await call({ answers: { email: 'maren.holt@example.org' }, days: 3 });
    const elsewhere = made.path.replace('fishing-licence', 'report-a-road-fault');
    assert.equal((await program.browser().get(elsewhere)).status, 410);
    const days = (Date.parse(made.expiresAt ?? '') - Date.now()) / 86_400_000;
    assert.ok(days > 2.9 && days < 3.1);
    const [row] = await ask<{ sealed: Buffer }>('select sealed from forms.prefills');
    assert.doesNotMatch(row?.sealed.toString('latin1') ?? '', /maren/);
    const forms = whole.parts.find(({ name }) => name === 'forms');
    const held = await whole.database.transact(scope, (tx) =>
      Promise.resolve(forms?.personalData?.gather(tx, 'maren.holt@example.org')),
    );
    assert.match(JSON.stringify(held), /answers filled in by a department/);
    await ask(`update forms.prefills set expires_at = now() - interval '1 second'`);
    assert.equal((await program.browser().get(made.path)).status, 410);
    assert.equal(await erasePrefills(whole.database), 1);
    assert.equal(await countPrefills(), 0);
  });

  test('is told of to the service manager, with the names that the form takes', async () => {
    const samir = await program.signIn('Samir Okafor');
    const at = `/staff/organisations/${scope.organisationId}/services/${serviceId}/form/prefill`;
    const { body, status } = await samir.get(at);
    assert.equal(status, 200);
    for (const text of ['fullName', 'dog[].dogName', 'api/prefilled-forms', 'a date as YYYY-MM-DD']) {
      assert.ok(body.includes(text), text);
    }
    assert.doesNotMatch(body, /<td[^>]*>photo</);
    const edith = await program.signIn('Edith Brandt');
    assert.equal((await edith.get(at)).status, 403);
  });
});
