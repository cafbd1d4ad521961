import { components, escapeHtml } from '#design';
import type { PaymentQuestion } from '../definition/form.ts';
import type { QuestionKind } from './question.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { nothing } from './text.ts';

/** A price that is to be paid: told, not asked. What it comes to is shown on check your answers. */
export function paymentKind(question: PaymentQuestion, words: Words = wordsOf('en')): QuestionKind {
  const prices = [question.amount, ...question.conditionalAmounts.map(({ amount }) => amount)];
  const [least, most] = [Math.min(...prices), Math.max(...prices)];
  const price = least === most ? formatPence(least) : words.payment.between(formatPence(least), formatPence(most));
  return {
    parse: () => nothing,
    fill: () => ({}),
    lines: () => [],
    exported: () => null,
    render: () =>
      components.insetText({
        html: `<p class="govuk-body"><strong>${escapeHtml(question.description || question.title)}: ${price}</strong></p>
<p class="govuk-body">${escapeHtml(words.payment.notConnected)}</p>`,
      }),
  };
}

const pounds = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' });

/** An amount of pence as people read it: £12.50. */
export function formatPence(pence: number): string {
  return pounds.format(pence / 100);
}
