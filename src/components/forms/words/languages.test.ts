import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { startTestProgram, type Browser } from '../../../../testing/program.ts';
import { form, page, question } from '../definition/forms.fixture.ts';
import { publishForm } from '../versions/versions.ts';
import { english } from './english.ts';
import { welsh } from './welsh.ts';
import { wordsOf } from './words.ts';

const program = await startTestProgram();
const address = '/services/fishing-licence';

const bilingual = form({
  name: 'Dog licence',
  metadata: {
    languages: ['en', 'cy'],
    translations: {
      cy: {
        form: { name: 'Trwydded ci' },
        fullName: { title: 'Beth yw eich enw llawn?', shortTitle: 'Enw llawn' },
        colour: { title: 'Pa liw yw eich ci?' },
        brown: { text: 'Brown tywyll' },
        path: { path: '/elsewhere', key: 'other' },
      },
    },
  },
  lists: [
    {
      id: 'colours',
      name: 'colours',
      title: 'Colours',
      type: 'string',
      items: [
        { id: 'black', text: 'Black', value: 'black' },
        { id: 'brown', text: 'Dark brown', value: 'brown' },
      ],
    },
  ],
  pages: [
    page('/name', [question('TextField', 'fullName', 'What is your full name?')]),
    page('/dog', [
      question('RadiosField', 'colour', 'Which colour is your dog?', { list: 'colours' }),
      question('YesNoField', 'chip', 'Does it have a chip?'),
      question('DatePartsField', 'born', 'When was it born?'),
    ]),
    page('/email', [question('EmailAddressField', 'email', 'Your email', { options: { required: false } })]),
    page('/summary', [], { title: 'Summary', controller: 'SummaryPageController' }),
  ],
});

before(async () => {
  const [service] = await program.ask<{ organisation_id: string; id: string }>(
    `select organisation_id, id from organisations.services where slug = 'fishing-licence'`,
  );
  assert.ok(service);
  await program.whole.database.transact(
    { organisationId: service.organisation_id, actor: { kind: 'system', name: 'test' } },
    (tx) => publishForm(tx, { serviceId: service.id, definition: bilingual }),
  );
});

const toWelsh = (browser: Browser, from: string) =>
  browser.get(`${address}/language/cy?to=${encodeURIComponent(from)}`);

suite('a form in two languages', () => {
  test('changes its language on any page, and keeps the place and the answers', async () => {
    const browser = program.browser();
    const start = await browser.get(address);
    assert.match(start.body, /<html lang="en"/);
    assert.match(start.body, /hreflang="cy" lang="cy">Cymraeg<\/a>/);
    await browser.post(`${address}/start`);
    await browser.post(`${address}/apply/name`, { fullName: 'Maren Holt' });
    const { location } = await toWelsh(browser, `${address}/apply/name?change=yes`);
    assert.equal(location, `${address}/apply/name?change=yes`);
    const { body } = await browser.get(location);
    assert.match(body, /<html lang="cy"/);
    assert.match(body, /Beth yw eich enw llawn\?/);
    assert.match(body, /value="Maren Holt"/);
    for (const words of ['Parhau', 'Yn ôl', 'Neidio i’r prif gynnwys', 'Preifatrwydd']) assert.ok(body.includes(words));
    const dog = (await browser.get(`${address}/apply/dog`)).body;
    for (const words of ['Pa liw yw eich ci?', 'Brown tywyll', 'Black', 'Ie', 'Blwyddyn', 'When was it born?']) {
      assert.ok(dog.includes(words), `${words}: what is not translated stays in the form’s own language`);
    }
  });

  test('says in the language of the page what is wrong, and sends what was answered in either', async () => {
    const browser = program.browser();
    await browser.get(address);
    await browser.post(`${address}/start`);
    await toWelsh(browser, address);
    const wrong = await browser.post(`${address}/apply/name`, { fullName: '' });
    assert.equal(wrong.status, 422);
    assert.match(wrong.body, /<title>Gwall: /);
    assert.match(wrong.body, /Mae problem/);
    assert.match(wrong.body, /Rhowch enw llawn/);
    await browser.post(`${address}/apply/name`, { fullName: 'Maren Holt' });
    const born = { 'born-day': '1', 'born-month': '2', 'born-year': '2020' };
    await browser.post(`${address}/apply/dog`, { colour: 'brown', chip: 'true', ...born });
    await browser.post(`${address}/apply/email`, { email: 'maren.holt@example.org' });
    const check = await browser.get(`${address}/check-your-answers`);
    for (const words of ['Gwiriwch eich atebion', 'Newid', 'Brown tywyll', 'Anfon'])
      assert.ok(check.body.includes(words));
    await browser.post(`${address}/check-your-answers`);
    assert.match((await browser.get(`${address}/confirmation`)).body, /Eich cyfeirnod/);
    const [email] = await program.ask<{ template: string }>(
      'select template from notify.messages order by id desc limit 1',
    );
    assert.equal(email?.template, 'application received (cy)');
  });

  test('leads nobody away from the service, and takes no language that is none', async () => {
    const browser = program.browser();
    for (const to of ['https://elsewhere.example', '//elsewhere.example', `${address}.example`, `${address}/..\\x`]) {
      const { location } = await toWelsh(browser, to);
      assert.equal(location, address, to);
    }
    await browser.get(`${address}/language/${encodeURIComponent('x;y=z')}?to=${address}`);
    assert.match((await browser.get(address)).body, /<html lang="cy"/, 'the choice before it stays');
    await browser.get(`${address}/language/fr?to=${address}`);
    assert.match((await browser.get(address)).body, /<html lang="en"/, 'the form is not in French');
  });
});

/** Words of English that no Welsh text has. */
const englishWords =
  /\b(?:the|your|you|what|with|another|remove|change|continue|select|answers?|yes|upload|uploaded|files?|page|contact|language of|completed|started|satisfied|check|save|send)\b/i;

/** What a person reads of a page, or is read out: without scripts, addresses, and names of things that stay as they are. */
function readable(html: string): string[] {
  const main = /<main[^>]*>([^]*?)<\/main>/.exec(html)?.[1] ?? html;
  return [
    ...main
      .replaceAll(/<(script|style)[^]*?<\/\1>/g, '')
      .replaceAll(/<[^>]+>/g, '\n')
      .split('\n'),
    ...[...html.matchAll(/(?:aria-label|title|placeholder|alt)="([^"]+)"/g)].map(([, text = '']) => text),
    /<title>([^<]*)</.exec(html)?.[1] ?? '',
  ]
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

test('whoever goes through a whole form in Welsh, with things added, files, mistakes and the question at the end, reads no English', async () => {
  const browser = program.browser();
  const claim = '/services/vehicle-damage';
  const found: string[] = [];
  const look = async (path: string): Promise<string> => {
    const { body, location } = await browser.get(path);
    if (location !== undefined) return look(location);
    take(path, body);
    return path;
  };
  // What the department has written once for all languages: the name of the service, its summary, its telephone.
  const own =
    /Claim for damage to your vehicle|Ask for your costs|Department of Roads|0900 555|Government of|Commonhold|\bBeta\b|BETA/;
  const take = (path: string, body: string): void => {
    for (const text of readable(body)) if (englishWords.test(text) && !own.test(text)) found.push(`${path}: ${text}`);
  };
  take(claim, (await browser.get(claim)).body);
  assert.ok(found.splice(0).length > 1, 'English is found where it is');
  await browser.get(`${claim}/language/cy?to=${claim}`);
  await look(claim);
  await browser.post(`${claim}/start`);
  const wrong = async (path: string, fields: Record<string, string> = {}): Promise<void> => {
    const { status, body } = await browser.post(path, fields);
    assert.equal(status, 422, path);
    take(path, body);
  };
  await look(`${claim}/apply/when`);
  await wrong(`${claim}/apply/when`);
  const day = new Date(Date.now() - 7 * 86_400_000).toISOString().split('T')[0]?.split('-') ?? [];
  await browser.post(`${claim}/apply/when`, {
    'when-year': day[0] ?? '',
    'when-month': day[1] ?? '',
    'when-day': day[2] ?? '',
  });
  await browser.post(`${claim}/apply/where`, { where: 'Pont Ansa' });
  const first = await look(`${claim}/apply/part`);
  await wrong(first);
  await browser.post(first, { part: 'tyre', cost: '120' });
  const photos = first.replace(/part$/, 'photos');
  await look(photos);
  const none = await browser.upload(photos, {}, []);
  take(photos, none.body);
  await browser.upload(photos, { upload: 'photos' }, [{ field: 'photos', name: 'blaen.pdf', content: '%PDF-1.7\n' }]);
  await look(photos);
  await browser.upload(photos, {}, []);
  const item = first.replace(/\/part$/, '');
  await look(item);
  await look(`${claim}/apply/part`);
  await wrong(`${claim}/apply/part`);
  await look(`${item}?remove=yes`);
  await wrong(`${item}?remove=yes`);
  const { location: second = '' } = await browser.post(`${claim}/apply/part`, { another: 'yes' });
  await browser.post(second, { part: 'body', cost: '80' });
  await look(`${claim}/apply/part`);
  await wrong(`${claim}/apply/part`, { another: 'no' });
  await look(`${claim}/apply/part?order=yes`);
  await browser.post(`${second.replace(/\/part$/, '')}?remove=yes`, { remove: 'yes' });
  await browser.post(`${claim}/apply/part`, { another: 'no' });
  await look(`${claim}/apply/bills`);
  await browser.upload(`${claim}/apply/bills`, {}, []);
  await wrong(`${claim}/apply/name`);
  await browser.post(`${claim}/apply/name`, { fullName: 'Maren Holt' });
  await wrong(`${claim}/apply/email-address`, { email: 'maren' });
  const later = await browser.post(`${claim}/apply/email-address`, { email: 'maren', later: 'yes' });
  await look(later.location ?? '');
  await wrong(`${claim}/save`);
  await browser.post(`${claim}/save`, { email: 'maren@example.org', question: 'place', answer: 'Yr hen felin' });
  await look(`${claim}/save?done=sent`);
  await look(`${claim}/return`);
  await browser.post(`${claim}/apply/email-address`, { email: 'maren@example.org' });
  await look(`${claim}/check-your-answers`);
  await browser.post(`${claim}/check-your-answers`);
  await look(`${claim}/confirmation`);
  await wrong(`${claim}/opinion`);
  await browser.post(`${claim}/opinion`, { rating: '5' });
  await look(`${claim}/opinion`);
  assert.deepEqual(found, []);
});

test('every language has all words, and none of them is another’s by mistake', () => {
  const texts = (words: object, path = ''): [string, unknown][] =>
    Object.entries(words).flatMap(([key, value]: [string, unknown]) =>
      typeof value === 'object' && value !== null ? texts(value, `${path}${key}.`) : [[`${path}${key}`, value]],
    );
  const [ours, theirs] = [new Map(texts(english)), new Map(texts(welsh))];
  assert.deepEqual([...theirs.keys()], [...ours.keys()]);
  const same = [...ours].filter(([key, value]) => typeof value === 'string' && theirs.get(key) === value);
  assert.deepEqual(same, []);
  assert.equal(wordsOf('cy').date('2026-11-24'), '24 Tachwedd 2026');
  assert.equal(wordsOf('en-GB').date('2026-11-24'), '24 November 2026');
});
