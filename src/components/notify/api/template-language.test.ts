import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApi } from './api.fixture.ts';

// The template language as departments meet it: published and filled by call.
const { change, fishing, publish, post } = await startApi();
await change(fishing, { textsBeginWithName: false });

let published = 0;

async function preview(type: 'sms' | 'email' | 'letter', text: string, personalisation: unknown, subject?: string) {
  published += 1;
  const of = type === 'sms' ? '' : (subject ?? 'About it');
  const { id } = await publish(`case ${published}`, type, text, of);
  const answer = await post(`/v2/template/${id}/preview`, { personalisation });
  return answer.statusCode === 200 ? answer.json() : answer.json().errors[0].message;
}

/** An e-mail's HTML without its looks. */
async function html(text: string, personalisation: unknown = {}): Promise<string> {
  const { html: written } = await preview('email', text, personalisation);
  return String(written)
    .replaceAll(/ style="[^"]*"/g, '')
    .replaceAll('\n', '');
}

suite('placeholders', () => {
  const cases: [text: string, values: unknown, filled: string][] = [
    ['((First name)) ((first_NAME)) ((first-name)) ((FIRSTNAME))', { 'first name': 'Ada' }, 'Ada Ada Ada Ada'],
    ['(((name)))', { name: 'Ada' }, '(Ada)'],
    ['((a)b)) (( (a) )) ((a', { a: 'x' }, '((a)b)) (( (a) )) ((a'],
    ['((a))((b))', { a: '((b))', b: '((a))' }, '((b))((a))'],
    ['((a??b??c))', { a: 'YES' }, 'b??c'],
    ['((a?? said ))((b??no))', { A: 'Show', b: 'no' }, 'said'],
    ['((a??((b))))', { a: 'yes', b: 'x' }, '((a??x))'],
    ['((n)) ((z)) ((t)) ((f??never))', { n: 1.5, z: 0, t: true, f: false }, '1.5 0 true'],
    ['((list)).', { list: ['a', 2, null, ' ', 'c'] }, 'a, 2 and c.'],
    ['x((list))', { list: [] }, 'x'],
    ['x((list))', { list: [null, ''] }, 'x'],
    ['((list))', { list: ['only'] }, 'only'],
    ['Hi ((name))', { name: 'Ada', extra: 'x', 'more of it': [1] }, 'Hi Ada'],
    ['((名前)) ((naïve))', { 名前: 'a', NAÏVE: 'b' }, 'a b'],
  ];
  for (const [text, values, filled] of cases) {
    test(`${text} with ${JSON.stringify(values)}`, async () => {
      assert.equal((await preview('sms', text, values)).body, filled);
    });
  }

  test('what is missing is named as it is first spelt, the subject before the body', async () => {
    const said = await preview('email', '((b)) ((A)) ((c??x)) ((d))', { d: '', c: null }, '((a)) ((B b))');
    assert.equal(said, 'Missing personalisation: a, B b, b, c');
  });

  test('a message of which nothing is left to see is refused', async () => {
    for (const values of [{ a: '' }, { a: ' \n ' }, { a: '\u200b' }, { a: [] }]) {
      assert.equal(await preview('sms', '((a))', values), 'Your message is empty.');
    }
  });
});

suite('text messages', () => {
  test('what phones cannot show becomes the nearest, and spaces are tidied', async () => {
    const { body } = await preview('sms', '((a))', {
      a: '‘Ł’ “é” – — … \u00a0x\u200b\u00ad ½ 👍🏽 a\tb , c .\n\n\n\nŵ',
    });
    assert.equal(body, `'L' "é" - -... x ? ?? a b, c.\n\nŵ`);
  });

  test('918 characters are the most, whatever they cost and whatever stands before them', async () => {
    const { id } = await publish('longest', 'sms', '((a))');
    const send = (a: string) =>
      post('/v2/notifications/sms', { phone_number: '07700900150', template_id: id, personalisation: { a } });
    const longest = '€'.repeat(918);
    assert.equal((await send(longest)).json().content.body, longest);
    await change(fishing, { textsBeginWithName: true });
    assert.equal((await send(longest)).json().content.body, `Apply for a fishing licence: ${longest}`);
    assert.equal(
      (await send(`${longest}ŵ`)).json().errors[0].message,
      'Your message is too long. Text messages cannot be longer than 918 characters. Your message is 919 characters long.',
    );
    await change(fishing, { textsBeginWithName: false });
  });

  test('fragments are counted at their boundaries', async () => {
    const { id } = await publish('boundaries', 'sms', '((a))');
    const cases: [text: string, fragments: number][] = [
      ['a'.repeat(160), 1],
      ['a'.repeat(161), 2],
      ['a'.repeat(306), 2],
      ['a'.repeat(307), 3],
      [`${'a'.repeat(158)}€`, 1],
      [`${'a'.repeat(159)}€`, 2],
      [`${'a'.repeat(145)}^{}\\[~]|`, 2],
      ['ŵ'.repeat(70), 1],
      ['ŵ'.repeat(71), 2],
      ['ŵ'.repeat(134), 2],
      ['ŵ'.repeat(135), 3],
      ['ŵ'.repeat(918), 14],
      ['€'.repeat(918), 12],
    ];
    for (const [a, fragments] of cases) {
      const sent = await post('/v2/notifications/sms', {
        phone_number: '07700900150',
        template_id: id,
        personalisation: { a },
      });
      assert.equal(sent.statusCode, 201, sent.body);
      const called = await post(`/v2/notifications/${sent.json().id}/cancellation`, '');
      assert.equal(called.json().cost_details.billable_sms_fragments, fragments, a);
    }
  });
});

suite('e-mails', () => {
  const cases: [text: string, values: unknown, written: string][] = [
    [
      '# Dear ((name))\n[Pay ((sum))](https://pay.example/((id))?a=1&b=2)',
      { name: 'O’Hara & <Sons>', sum: '£5', id: 'x_y*z' },
      '<h2>Dear O’Hara &amp; &lt;Sons&gt;</h2><p><a href="https://pay.example/x_y*z?a=1&amp;b=2">Pay £5</a></p>',
    ],
    [
      'See ((link)).',
      { link: 'https://a.example/b' },
      '<p>See <a href="https://a.example/b">https://a.example/b</a>.</p>',
    ],
    ['[x](((link)))', { link: 'https://a.example' }, '<p><a href="https://a.example">x</a></p>'],
    ['[x](((link)))', { link: 'javascript:alert(1)' }, '<p>[x](javascript:alert(1))</p>'],
    ['Bring:((list))\n\nBye', { list: ['a', 'b'] }, '<p>Bring:</p><ul><li>a</li><li>b</li></ul><p>Bye</p>'],
    ['* one\n* ((two))\n* three', { two: '' }, '<ul><li>one</li><li>three</li></ul>'],
    [
      '((show??## More))\n\n^ ((note))',
      { show: 'y', note: 'a\nb' },
      '<h3>More</h3><blockquote><p>a<br>b</p></blockquote>',
    ],
    ['a ((b??))\n\n*\n\n^', { b: 'yes' }, '<p>a</p>'],
    ['<https://a.example> "it\'s"', {}, '<p>&lt;<a href="https://a.example">https://a.example</a>&gt; “it’s”</p>'],
    ['((a)) -- ((b))', { a: '1', b: '2' }, '<p>1 – 2</p>'],
    ['1. a\n2. b\n\n---\n\n• c', {}, '<ol><li>a</li><li>b</li></ol><hr><ul><li>c</li></ul>'],
    ['**a** _b_ `c` ~~d~~', {}, '<p>**a** _b_ `c` ~~d~~</p>'],
  ];
  for (const [text, values, written] of cases) {
    test(JSON.stringify(text), async () => assert.equal(await html(text, values), written));
  }

  test('a subject has one line and the typography of the text', async () => {
    const { subject } = await preview('email', 'x', { a: 'it\'s\r\nBcc: "all"' }, 'About ((a)) -- now');
    assert.equal(subject, 'About it’s Bcc: “all” – now');
  });
});

suite('addresses of letters', async () => {
  const { id } = await publish('to an address', 'letter', 'Dear ((address line 1))', 'About it');
  const send = async (lines: Record<string, unknown>) => {
    const answer = await post('/v2/notifications/letter', { template_id: id, personalisation: lines });
    if (answer.statusCode !== 201) return answer.json().errors[0].message;
    const cancelled = (await post(`/v2/notifications/${answer.json().id}/cancellation`, '')).json();
    const shown = [1, 2, 3, 4, 5, 6, 7].map((line) => cancelled[`line_${line}`]).filter((line) => line !== null);
    return [...shown, cancelled.postage];
  };
  const numbered = (...lines: string[]): Record<string, string> =>
    Object.fromEntries(lines.map((line, index) => [`address_line_${index + 1}`, line]));
  const last = 'Last line of address must be a real UK postcode or another country';
  const cases: [name: string, lines: Record<string, unknown>, answer: unknown][] = [
    ['three lines', numbered('Ada', '1 High Street', 'sw1a1aa'), ['Ada', '1 High Street', 'SW1A 1AA', 'second']],
    [
      'seven lines',
      numbered('A', 'B', 'C', 'D', 'E', 'F', 'EC1V 9BD'),
      ['A', 'B', 'C', 'D', 'E', 'F', 'EC1V 9BD', 'second'],
    ],
    [
      'a postcode of its own, however its name is written',
      { 'Address Line 1': 'Ada', address_line_2: '1 High Street', POSTCODE: 'm1 1ae' },
      ['Ada', '1 High Street', 'M1 1AE', 'second'],
    ],
    [
      'a seventh line and a postcode, which are the same',
      { ...numbered('Ada', '1 High Street'), address_line_7: 'M1 1AE', postcode: 'M1 1AE' },
      ['Ada', '1 High Street', 'M1 1AE', 'second'],
    ],
    [
      'gaps and commas',
      numbered('Ada,', '', ' 1  High  Street , ', '', 'M1 1AE'),
      ['Ada', '1 High Street', 'M1 1AE', 'second'],
    ],
    [
      'the country at home is left out',
      numbered('Ada', '1 High Street', 'M1 1AE', 'England', 'UK'),
      ['Ada', '1 High Street', 'M1 1AE', 'second'],
    ],
    ['an island', numbered('Ada', '1 Long Walk', 'JE2 3AB', 'Jersey'), ['Ada', '1 Long Walk', 'JE2 3AB', 'second']],
    ['Europe', numbered('Ada', '1 Rue Haute', 'FRANCE'), ['Ada', '1 Rue Haute', 'France', 'europe']],
    ['a country in its own language', numbered('Ada', 'Calle 1', 'España'), ['Ada', 'Calle 1', 'Spain', 'europe']],
    ['a country by its older name', numbered('Ada', '1 Road', 'Turkey'), ['Ada', '1 Road', 'Turkey', 'europe']],
    ['a saint', numbered('Ada', '1 Road', 'Saint Lucia'), ['Ada', '1 Road', 'St Lucia', 'rest-of-world']],
    ['Hong Kong', numbered('Ada', '1 Road', 'Hong Kong'), ['Ada', '1 Road', 'Hong Kong', 'rest-of-world']],
    ['the forces', numbered('Cpl Price', 'BFPO 105', 'BF1 1AA'), ['Cpl Price', 'BF1 1AA', 'BFPO 105', 'second']],
    ['two lines', numbered('Ada', 'M1 1AE'), 'Address must be at least 3 lines'],
    [
      'no lines but null',
      { address_line_1: 'Ada', address_line_2: null, address_line_3: 0 },
      'Address must be at least 3 lines',
    ],
    ['eight lines', { ...numbered('A', 'B', 'C', 'D', 'E', 'F\nG', 'M1 1AE') }, 'Address must be no more than 7 lines'],
    ['no postcode', numbered('Ada', '1 High Street', 'London'), last],
    ['a postcode of no area', numbered('Ada', '1 High Street', 'QQ1 1AA'), last],
    ['a postcode of no shape', numbered('Ada', '1 High Street', 'SW1A 1'), last],
    ['a postcode that is not last', numbered('Ada', 'SW1A 1AA', 'London'), last],
    ['nowhere', numbered('Ada', 'No fixed abode', 'M1 1AE'), 'Must be a real address'],
    [
      'a bracket first',
      numbered('(Ada)', '1 High Street', 'M1 1AE'),
      'Address lines must not start with any of the following characters: @ ( ) = [ ] ” \\ / , < > ~',
    ],
  ];
  for (const [name, lines, answer] of cases) test(name, async () => assert.deepEqual(await send(lines), answer));
});
