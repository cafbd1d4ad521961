import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeEmail } from './email-markdown.ts';
import { fillPlaceholders, keyOf, placeholdersOf } from './template-text.ts';
import { writeTextMessage } from './text-message.ts';

// Promises about every template and every value, not about examples: fast-check looks for one that breaks them.

const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => keyOf(text) !== '' && !/[()?]/.test(text));
const plain = fc.string().filter((text) => !text.includes('((') && !text.includes('))') && !/[()]/.test(text));
const markdown = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '# ',
        '## ',
        '* ',
        '- ',
        '1. ',
        '^ ',
        '---',
        '\n',
        '\n\n',
        '[a](https://a.example)',
        '<b>',
        '&',
        '\\',
        '"',
      ),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

test('a value is filled in as it is, and nothing in it is read as a placeholder', () => {
  fc.assert(
    fc.property(plain, name, fc.string({ unit: 'grapheme' }), plain, (before, of, value, after) => {
      const { text } = fillPlaceholders({ text: `${before}((${of}))${after}` }, { [of]: value });
      assert.equal(text, before + value + after);
    }),
  );
});

test('a placeholder finds its value whatever the case, spaces, hyphens and underscores of either', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'B', 'ç', '7'), { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.constantFrom('', ' ', '-', '_', '  ')),
      (letters, gaps) => {
        const spell = (): string =>
          letters
            .map((letter) => (gaps.next().value ?? '') + (Math.random() < 0.5 ? letter.toUpperCase() : letter))
            .join('');
        const [written, given] = [spell(), spell()];
        assert.equal(fillPlaceholders({ text: `((${written}))` }, { [given]: 'x' }).text, 'x');
      },
    ),
  );
});

test('a condition shows its text for yes and its like only, and the text may hold question marks', () => {
  const yes = new Set(['yes', 'y', 'true', 't', '1', 'include', 'show']);
  fc.assert(
    fc.property(
      name,
      plain.filter((text) => text !== ''),
      fc.oneof(fc.constantFrom(...yes, 'YES', 'True', 'no', '0', 'false', ''), fc.string(), fc.boolean(), fc.integer()),
      (of, shown, value) => {
        const { text } = fillPlaceholders({ text: `((${of}??${shown}))` }, { [of]: value });
        assert.equal(text, yes.has(String(value).trim().toLowerCase()) ? shown : '');
      },
    ),
  );
});

test('what is missing is named once each, and what is there is not', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { selector: keyOf, maxLength: 6 }), fc.nat(), (names, seed) => {
      const there = names.filter((_each, index) => (seed >> index) % 2 === 0);
      const text = names.map((each) => `((${each}))`).join(' ');
      const missing = names.filter((each) => !there.includes(each));
      assert.deepEqual(placeholdersOf(text).map(keyOf), names.map(keyOf));
      const fill = () => fillPlaceholders({ text }, Object.fromEntries(there.map((each) => [each, ''])));
      if (missing.length === 0) fill();
      else
        assert.throws(fill, { message: `Missing personalisation: ${missing.map((each) => each.trim()).join(', ')}` });
    }),
  );
});

test('no e-mail holds HTML but our own: every bracket of a text is written as text', () => {
  const own =
    /<(?:h[23]|p|ul|ol|li|hr|blockquote|a) style="[^"<>]*"(?: href="(?:https?:\/\/|mailto:|tel:)[^"<>]*")?(?: title="[^"<>]*")?>|<\/(?:h[23]|p|ul|ol|li|blockquote|a)>|<br>/gi;
  fc.assert(
    fc.property(markdown, (body) => {
      const rest = writeEmail(body).html.replaceAll(own, '');
      assert.doesNotMatch(rest, /[<>"]/, JSON.stringify(body));
    }),
    { numRuns: 500 },
  );
});

test('an e-mail is written in time that grows with its length, whatever is in it', () => {
  for (const part of ['(', '[', '](', '((', '* ', '^', '\\', '"', 'http://', 'a@', '_', '#', '- - ']) {
    writeEmail(part.repeat(50_000));
  }
});

test('a text message holds only letters of its alphabet, and its parts hold it', () => {
  const gsm = /^[@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[\]~|€]*$/;
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 1000 }), fc.option(plain), (body, prefix) => {
      const { text, encoding, fragments } = writeTextMessage(body, prefix);
      if (encoding === 'gsm') assert.match(text, gsm);
      const size = encoding === 'gsm' ? text.length + (text.match(/[\^{}\\[\]~|€]/g)?.length ?? 0) : text.length;
      const [alone, joined] = encoding === 'gsm' ? [160, 153] : [70, 67];
      assert.equal(fragments, size <= alone ? 1 : Math.ceil(size / joined));
      assert.doesNotMatch(text, /\n{3}|[ \t]\n|^\s|\s$/);
    }),
  );
});
