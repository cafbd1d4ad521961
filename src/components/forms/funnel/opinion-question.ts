import { components, csrfField, errorFor, renderWithHoles } from '#design';
import type { Holed, PageError } from '#design';
import type { Words } from '../words/words.ts';

const forms = new Map<string, Holed<'action' | 'csrfField'>>();

/** The question at the end of every form, as it is asked first: it is made once for each language. */
export function opinionForm(words: Words, { action, csrfToken }: { action: string; csrfToken: string }): string {
  const known =
    forms.get(words.opinion.question) ??
    renderWithHoles(['action', 'csrfField'], (markOf) =>
      renderForm(words, { action: markOf('action'), field: markOf('csrfField'), errors: [], comment: '' }),
    );
  forms.set(words.opinion.question, known);
  return known({ action, csrfField: csrfField(csrfToken) });
}

/** The same with what was wrong. */
export function opinionFormAgain(
  words: Words,
  { action, csrfToken, ...rest }: { action: string; csrfToken: string; errors: readonly PageError[]; comment: string },
): string {
  return renderForm(words, { action, field: csrfField(csrfToken), ...rest });
}

/** The best comes first, as people expect it. */
function renderForm(
  { opinion }: Words,
  { action, field, errors, comment }: { action: string; field: string; errors: readonly PageError[]; comment: string },
): string {
  const { best, good, middle, bad, worst } = opinion;
  const rating = components.radios({
    idPrefix: 'rating',
    name: 'rating',
    errorMessage: errorFor(errors, 'rating'),
    fieldset: { legend: { text: opinion.question, classes: 'govuk-fieldset__legend--m' } },
    items: [best, good, middle, bad, worst].map((text, index) => ({ value: String(5 - index), text })),
  });
  const words = components.textarea({
    id: 'comment',
    name: 'comment',
    rows: 3,
    value: comment,
    label: { text: opinion.comment, classes: 'govuk-label--s' },
    hint: { text: opinion.commentHint },
    errorMessage: errorFor(errors, 'comment'),
  });
  const button = components.button({
    text: opinion.send,
    classes: 'govuk-button--secondary',
    preventDoubleClick: true,
  });
  return `<form method="post" action="${action}" novalidate>${field}${rating}${words}${button}</form>`;
}
