import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDocument } from 'htmlparser2';
import { tidyTypography, writeEmail } from './email-markdown.ts';

/** The HTML without its looks. */
const plain = (markdown: string): string =>
  writeEmail(markdown)
    .html.replaceAll(/ style="[^"]*"/g, '')
    .replaceAll('\n', '');
const text = (markdown: string): string => writeEmail(markdown).text;

test('headings have two levels, and a deeper one is a paragraph', () => {
  assert.equal(plain('# One\n## Two\n### Three'), '<h2>One</h2><h3>Two</h3><p>Three</p>');
  assert.equal(plain('#One #'), '<h2>One</h2>');
  assert.equal(text('# One\n\nWords'), `One\n${'='.repeat(65)}\n\nWords\n`);
  assert.equal(text('## Two'), `Two\n${'-'.repeat(65)}\n`);
});

test('bullets begin with a star, a hyphen or a dot, and numbers with a number', () => {
  for (const mark of ['* ', '- ', '• ', '*']) {
    assert.equal(plain(`${mark}one\n${mark}two`), '<ul><li>one</li><li>two</li></ul>', mark);
  }
  assert.equal(plain('1. one\n\n2. two\nmore\n\nafter'), '<ol><li>one</li><li>two<br>more</li></ol><p>after</p>');
  assert.equal(text('* one\n* two'), '• one\n• two\n');
  assert.equal(text('3. one\n7. two'), '1. one\n2. two\n');
});

test('a list needs an empty line before it', () => {
  assert.equal(plain('words\n* one'), '<p>words<br>* one</p>');
});

test('there is no emphasis and no code', () => {
  for (const words of ['**bold**', 'a *b* c', '__b__', '`code`', '~~gone~~', '    indented']) {
    assert.equal(plain(words), `<p>${words.trim()}</p>`);
  }
  assert.equal(plain('1.5 million'), '<p>1.5 million</p>');
  assert.equal(plain('-5 degrees'), '<p>-5 degrees</p>');
});

test('a line of three hyphens, stars or underscores is a rule', () => {
  assert.equal(plain('a\n\n---\n\nb'), '<p>a</p><hr><p>b</p>');
  assert.equal(plain('* * *'), '<hr>');
  assert.equal(text('a\n***\nb'), `a\n\n${'=-'.repeat(33).slice(0, 65)}\n\nb\n`);
});

test('inset text begins with a caret, and may hold a list', () => {
  assert.equal(
    plain('^ one\n^ two\n\n^three\n\nafter'),
    '<blockquote><p>one<br>two</p><p>three</p></blockquote><p>after</p>',
  );
  assert.equal(plain('^ * one\n^ * two'), '<blockquote><ul><li>one</li><li>two</li></ul></blockquote>');
});

test('links are made of addresses, with their own text or without', () => {
  assert.equal(
    plain('See [the "rules"](https://a.example/?b=1&c "All of them"). Or https://a.example/x.'),
    '<p>See <a href="https://a.example/?b=1&amp;c" title="All of them">the “rules”</a>. Or <a href="https://a.example/x">https://a.example/x</a>.</p>',
  );
  assert.equal(text('[rules](https://a.example) https://b.example'), 'rules: https://a.example https://b.example\n');
  assert.equal(plain('[x](javascript:alert)'), '<p>[x](javascript:alert)</p>');
  assert.equal(plain('a ![x](https://a.example/x.png)b'), '<p>a b</p>');
});

test('HTML stands for itself', () => {
  assert.equal(plain('<b>&amp;</b>'), '<p>&lt;b&gt;&amp;amp;&lt;/b&gt;</p>');
  assert.equal(text('<b> & "x"'), '<b> & “x”\n');
});

test('quotes are curly and dashes long, but not in addresses', () => {
  assert.equal(tidyTypography(`"It's," she said - 'yes' in the '80s .`), '“It’s,” she said – ‘yes’ in the ’80s.');
  assert.equal(tidyTypography("o'brien@example.com's"), "o'brien@example.com's");
  assert.equal(tidyTypography('well-known (a "b")'), 'well-known (a “b”)');
  assert.equal(text('https://a.example/it\'s-"x'), 'https://a.example/it\'s-"x\n');
});

test('whatever is written, the HTML has only our own elements, links lead only to where they may, and nothing breaks out', () => {
  const allowed = new Set(['h2', 'h3', 'p', 'br', 'ul', 'ol', 'li', 'hr', 'blockquote', 'a']);
  const piece = fc.oneof(
    fc.constantFrom(
      '# ',
      '* ',
      '1. ',
      '^ ',
      '\n',
      '\n\n',
      '---',
      '[a](',
      ')',
      'https://',
      'javascript:',
      '"',
      "'",
      '<script>',
      '<',
      '&',
      '\\',
      ' ',
    ),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const visit = (nodes: ReturnType<typeof parseDocument>['childNodes']): void => {
        for (const node of nodes) {
          if (!('name' in node) || !('attribs' in node)) continue;
          assert.ok(allowed.has(node.name), node.name);
          for (const name of Object.keys(node.attribs)) assert.ok(['style', 'href', 'title'].includes(name), name);
          assert.match(node.attribs['href'] ?? 'https://', /^(?:https?:\/\/|mailto:|tel:)/i);
          visit(node.childNodes);
        }
      };
      visit(parseDocument(writeEmail(pieces.join('')).html).childNodes);
    }),
  );
});

test('a long body is read in a time that grows with it and no faster', () => {
  const began = performance.now();
  for (const unit of [
    '[a](',
    '* ',
    '^',
    '"',
    ' -',
    '\\',
    '![',
    'https://',
    '# #',
    '1.',
    '\n* a\n\n',
    'a',
    '      ',
    '![](',
    '#',
  ])
    writeEmail(unit.repeat(20_000));
  assert.ok(performance.now() - began < 5000);
});
