import { escapeHtml, renderSummaryList } from '#design';
import type { SummaryRow } from '#design';
import type { AnsweredPage } from '../versions/compile.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';

/**
 * What was answered, as summary lists: those of one section together, and what was answered about each of the things that were
 * added on a card of its own.
 *
 * @param address of the service: `/services/fishing-licence`.
 * @param change where a changed answer leads: back to check your answers, or to those of the item.
 */
export function renderAnswers(
  answered: readonly AnsweredPage[],
  {
    address,
    change,
    captions,
    words = wordsOf('en'),
  }: { address: string; change: 'yes' | 'item'; captions: boolean; words?: Words },
): string {
  const blocks = new Map<string, { caption: string; card: string; rows: SummaryRow[] }>();
  let run = 0;
  let [lastCaption, lastCard] = ['', ''];
  for (const { page, key, questions, items, added } of answered) {
    const caption = captions ? (page.caption ?? '') : '';
    const card = items.map(({ title }) => title).join(', ');
    // Cards keep their place among the answers; what is not on a card stands with its section.
    if (caption !== lastCaption || card !== lastCard) run++;
    [lastCaption, lastCard] = [caption, card];
    const name = card === '' && captions ? caption : `${run} ${caption} ${card}`;
    const block = blocks.get(name) ?? { caption, card, rows: [] };
    blocks.set(name, block);
    if (added !== null) {
      const href = `${address}/apply/${key}${items.length === 0 && change === 'yes' ? '?change=yes' : ''}`;
      block.rows.push({
        key: page.title,
        valueHtml: escapeHtml(words.repeat.added(added)),
        action: { href, text: words.check.change, hidden: page.title },
      });
    }
    for (const { question, answer } of questions) {
      if (question.question.kind === 'hidden') continue;
      const title = question.question.shortTitle ?? question.question.title;
      const lines = answer === null ? [words.check.notProvided] : question.lines(answer);
      block.rows.push({
        key: title,
        valueHtml: lines.map(escapeHtml).join('<br>'),
        action: question.question.hideChange
          ? undefined
          : {
              href: `${address}/apply/${key}?change=${change}`,
              text: words.check.change,
              hidden: card === '' ? title : words.repeat.answerOf(title, card),
            },
      });
    }
  }
  let html = '';
  let shown = '';
  for (const { caption, card, rows } of blocks.values()) {
    if (caption !== '' && caption !== shown) html += `<h2 class="govuk-heading-m">${escapeHtml(caption)}</h2>`;
    shown = caption;
    html += renderSummaryList({
      rows,
      ...(card === '' ? { classes: 'govuk-!-margin-bottom-9' } : { card: { title: card, headingLevel: 3 } }),
    });
  }
  return html;
}
