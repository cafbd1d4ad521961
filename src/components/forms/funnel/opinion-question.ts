import { components, csrfField, errorFor, renderWithHoles } from '#design';
import type { Holed, PageError } from '#design';
import type { Words } from '../words/words.ts';

const forms = new Map<string, Holed<'action' | 'field'>>();

/** What was answered to the question, and what was wrong with it. */
export interface WrongOpinion {
  readonly errors: readonly PageError[];
  readonly comment: string;
}

/**
 * The question at the end of every form. As it is asked first it is made once for each language.
 *
 * @param wrong left out where it was not answered yet.
 */
export function opinionForm(
  words: Words,
  { action, csrfToken, wrong }: { action: string; csrfToken: string; wrong?: WrongOpinion | undefined },
): string {
  const field = csrfField(csrfToken);
  if (wrong) return renderForm(words, { action, field, ...wrong });
  let form = forms.get(words.opinion.question);
  if (form === undefined) {
    form = renderWithHoles(['action', 'field'], (markOf) =>
      renderForm(words, { action: markOf('action'), field: markOf('field'), errors: [], comment: '' }),
    );
    forms.set(words.opinion.question, form);
  }
  return form({ action, field });
}

/** The best comes first, as people expect it. */
function renderForm(
  { opinion }: Words,
  { action, field, errors, comment }: { action: string; field: string } & WrongOpinion,
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
