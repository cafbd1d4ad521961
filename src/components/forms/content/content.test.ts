import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { renderMarkdown, safeHtml } from './content.ts';

test('content keeps its text, links and tables, in GOV.UK’s classes', () => {
  assert.equal(
    renderMarkdown('# Before\n\nRead [this](https://example.com).\n\n- one\n- two\n').replaceAll('\n', ''),
    '<h2 class="govuk-heading-m">Before</h2><p class="govuk-body">Read <a class="govuk-link" href="https://example.com">this</a>.</p>' +
      '<ul class="govuk-list govuk-list--bullet"><li>one</li><li>two</li></ul>',
  );
});

test('nothing in content can run, restyle or post', () => {
  const attempts = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jAvascript:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href="data:text/html,x">x</a>',
    '<a href="//evil.example">x</a>',
    '<svg><script>alert(1)</script></svg>',
    '<style>*{display:none}</style>',
    '<p style="position:fixed" onclick="alert(1)" class="app-x govuk-body">x</p>',
    '<form action="https://evil.example"><input name="csrf"></form>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<a href="https://x.example" title=\'"><script>alert(1)</script>\'>x</a>',
    '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
  ];
  for (const attempt of attempts) {
    const html = safeHtml(attempt);
    assert.doesNotMatch(html, /script|onerror|onclick|style|<form|<input|<iframe|<svg|evil|data:|app-x/i, html);
  }
});

test('every tag that is opened is closed, in order, whatever comes in', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<p>',
      '</p>',
      '<ul><li>',
      '</ul>',
      '<b',
      '">',
      '<a href=',
      '</div>',
      '<script',
      '<br/>',
      '&lt;',
      '<!--',
      '-->',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const open: string[] = [];
      for (const [, closing, tag] of safeHtml(pieces.join('')).matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
        if (closing) assert.equal(open.pop(), tag);
        else if (tag !== 'br' && tag !== 'hr') open.push(tag ?? '');
      }
      assert.deepEqual(open, []);
    }),
  );
});
