import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findTerms, readExtensions } from './contract-words.ts';

const extensionsOf = (text: string) => findTerms(text).find((terms) => terms.extensionMonths)?.extensionMonths;

test('options to extend are read however a notice words them', () => {
  for (const [text, months] of [
    ['The contract runs for three years with the option to extend for a further 12 months.', [12]],
    ['Initial term of 2 years, extendable by 2 x 12 months.', [12, 12]],
    ['A period of 3 years with an option of two further periods of one year each.', [12, 12]],
    ['There are two (2) one (1) year extensions.', [12, 12]],
    ['Three 12-month extension options follow.', [12, 12, 12]],
    ['The term is 2 years (2+1+1) and extensions are at our discretion.', [12, 12]],
    ['Seven years with the option to extend for a further five years (3+1+1).', [36, 12, 12]],
    ['With the option to extend for 2 + 1 years.', [24, 12]],
    ['We may extend the agreement for up to 36 months in 12 month increments.', [12, 12, 12]],
    ['It may be extended on an annual basis for up to a further 2 years.', [12, 12]],
    ['The option is to extend this contract from 36 to 48 months.', [12]],
    ['Option to extend for up to 36 months in 12 month extensions.', [12, 12, 12]],
    ['Up to 24 months extension option (7 year maximum term).', [24]],
  ] as const) {
    assert.deepEqual(extensionsOf(text), months, text);
  }
});

test('what is no option to extend is not taken for one', () => {
  for (const text of [
    'The authority may extend the deadline for tenders by 2 weeks.',
    'The contract has been extended by a further 5 months.',
    'A period of 2 years from April.',
    'To some extent, 3 years of experience is wanted.',
    'Clarification questions may be extended for 3 days.',
  ]) {
    assert.equal(extensionsOf(text), undefined, text);
  }
});

test('notice and renewal are found with the sentence they stand in', () => {
  assert.deepEqual(
    findTerms(
      'The licence costs more each year. It renews automatically for 12 months unless three months’ written notice is given.',
    ).map(({ notice, renewalMonths, sentence }) => ({ notice, renewalMonths, sentence })),
    [
      {
        notice: { count: 3, unit: 'months' },
        renewalMonths: undefined,
        sentence: 'It renews automatically for 12 months unless three months’ written notice is given.',
      },
      {
        notice: undefined,
        renewalMonths: 12,
        sentence: 'It renews automatically for 12 months unless three months’ written notice is given.',
      },
    ],
  );
  assert.deepEqual(findTerms('Either side may end it with 90 days notice.')[0]?.notice, { count: 90, unit: 'days' });
  assert.deepEqual(findTerms('A notice period of 4 weeks applies.')[0]?.notice, { count: 28, unit: 'days' });
  assert.equal(findTerms('This contract will not automatically renew.')[0]?.renewalMonths, 0);
  assert.deepEqual(findTerms('Nurses are needed at short notice of 2 days.'), []);
});

test('words that leave a choice are less sure than figures', () => {
  const [sure] = findTerms('Option to extend for 2 x 12 months.');
  const [unsure] = findTerms('Option to extend for up to 24 months.');
  assert.ok((sure?.confidence ?? 0) > (unsure?.confidence ?? 1));
});

test('extensions in a table are read as people write them', () => {
  assert.deepEqual(readExtensions('1+1'), [12, 12]);
  assert.deepEqual(readExtensions('12 + 6 months'), [12, 6]);
  assert.deepEqual(readExtensions('2 x 12 months'), [12, 12]);
  assert.deepEqual(readExtensions('2 years'), [24]);
  assert.deepEqual(readExtensions('none'), []);
  assert.equal(readExtensions('ask procurement'), undefined);
  assert.equal(readExtensions('0+0'), undefined);
});
