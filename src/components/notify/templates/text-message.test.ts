import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeTextMessage } from './text-message.ts';

test('the name of the service stands before the text, and is not counted', () => {
  const { text, length } = writeTextMessage('Your licence is ready.', ' Fishing licences ');
  assert.equal(text, 'Fishing licences: Your licence is ready.');
  assert.equal(length, 'Your licence is ready.'.length);
});

test('spaces are tidied, and there are never more than two line breaks together', () => {
  assert.equal(writeTextMessage('  a  \t b , c .\r\n\r\n\r\n\r\n  d\u00a0\u200be  ', null).text, 'a b, c.\n\nd e');
});

test('what is not in the alphabet becomes the nearest character, or a question mark', () => {
  assert.equal(writeTextMessage('“çãőłž” – it’s…', null).text, '"caolz" - it\'s...');
  assert.equal(writeTextMessage('e\u0301 \u{1f600} 漢 ½', null).text, 'é ? ? ?');
  assert.equal(writeTextMessage('€[~]', null).encoding, 'gsm');
});

test('Welsh letters stay, and make the message Unicode', () => {
  for (const letter of 'ŵŷâêîôûẁẃẅáíóúïëÿŴŶÂ') {
    const message = writeTextMessage(`Dŵr ${letter}`, null);
    assert.equal(message.text, `Dŵr ${letter}`);
    assert.equal(message.encoding, 'unicode');
  }
  for (const letter of 'èéùìòàäöü') assert.equal(writeTextMessage(letter, null).encoding, 'gsm', letter);
});

test('fragments are counted as networks count them', () => {
  const cases: [string, number][] = [
    ['a'.repeat(160), 1],
    ['a'.repeat(161), 2],
    ['a'.repeat(306), 2],
    ['a'.repeat(307), 3],
    ['€'.repeat(80), 1],
    [`${'€'.repeat(80)}a`, 2],
    ['ŵ'.repeat(70), 1],
    ['ŵ'.repeat(71), 2],
    ['ŵ'.repeat(134), 2],
    ['ŵ'.repeat(135), 3],
    // An extended character counts once where the message is Unicode.
    [`ŵ${'€'.repeat(69)}`, 1],
  ];
  for (const [text, fragments] of cases) assert.equal(writeTextMessage(text, null).fragments, fragments, text);
});

test('whatever is written, the message is tidy, can be sent, and stays as it is when it is written again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (body) => {
      const message = writeTextMessage(body, null);
      assert.doesNotMatch(message.text, /\n{3}|^\s|\s$| {2}|\t/);
      assert.equal(writeTextMessage(message.text, null).text, message.text);
      assert.ok(message.fragments >= 1 && message.fragments <= Math.max(1, Math.ceil((message.text.length * 2) / 67)));
    }),
  );
});
