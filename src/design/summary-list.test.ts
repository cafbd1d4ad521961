import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { components } from './components.ts';
import { renderSummaryList } from './summary-list.ts';

const action = { href: '/apply/name?a=1&b=2', text: 'Change', hidden: '<what> your name is' };
const rows = [
  { key: 'Name & title', valueHtml: 'Ann &lt;Other&gt;<br>Dr', action },
  { key: "Dog's name", valueHtml: 'Rex', action },
];
const without = { key: 'Fee', valueHtml: '£5' };

/** As the official component is called. */
const official = (shown: readonly { key: string; valueHtml: string; action?: typeof action }[]) =>
  shown.map(({ key, valueHtml, action: link }) => ({
    key: { text: key },
    value: { html: valueHtml },
    ...(link ? { actions: { items: [{ href: link.href, text: link.text, visuallyHiddenText: link.hidden }] } } : {}),
  }));

const squeezed = (html: string): string => html.replace(/\s+/g, ' ').replaceAll('> <', '><').trim();

describe('a summary list of answers', () => {
  for (const [name, shown] of [
    ['with a link in each row', rows],
    ['with links in some rows', [...rows, without]],
    ['without links', [without, without]],
  ] as const) {
    test(`is the official one, ${name}`, () => {
      const classes = 'govuk-!-margin-bottom-9';
      assert.equal(
        squeezed(renderSummaryList({ rows: shown, classes })),
        squeezed(components.summaryList({ rows: official(shown), classes })),
      );
    });

    test(`is the official one, ${name}, on a card`, () => {
      const title = { text: 'Dog 2 <b>', headingLevel: 3 };
      assert.equal(
        squeezed(renderSummaryList({ rows: shown, card: { title: title.text, headingLevel: 3 } })),
        squeezed(components.summaryList({ rows: official(shown), card: { title } })),
      );
    });
  }
});
