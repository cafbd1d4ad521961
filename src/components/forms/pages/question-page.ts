import { components, csrfField, escapeHtml } from '#design';
import type { CompiledPage, Journey, PagePart } from '../versions/compile.ts';
import type { CompiledQuestion, Mistake, Posted } from '../questions/questions.ts';
import { trapField } from '../spam/spam-guard.ts';
import type { Words } from '../words/words.ts';
import { renderAnswers } from './answer-rows.ts';

/** The content of a question page, filled with what was saved or typed. */
export function renderQuestionPage(
  page: CompiledPage,
  journey: Journey,
  {
    address,
    posted,
    mistakes,
    csrfToken,
    maySave,
    words,
  }: {
    /** Of the service: `/services/fishing-licence`. */
    address: string;
    posted: Posted;
    mistakes: readonly Mistake[];
    csrfToken: string;
    /** Whether what was begun can be saved for later. */
    maySave: boolean;
    words: Words;
  },
): string {
  // Inside an item it says which: "Dog 2".
  const above = journey.items.map(({ title }) => title).join(', ') || (page.caption ?? '');
  const caption = above === '' ? '' : `<span class="govuk-caption-l">${escapeHtml(above)}</span>`;
  const summary =
    page.page.kind === 'section-summary'
      ? renderAnswers(journey.answeredInSection(page), { address, change: 'yes', captions: false, words })
      : '';
  const content = renderParts(page, journey.shownParts(page), { posted, mistakes, summary });
  if (page.page.kind === 'terminal') return caption + content;
  // The token stands first, since what comes before it in a form with files is not taken.
  const kind = page.questions.some(({ question }) => question.kind === 'file-upload')
    ? ' enctype="multipart/form-data"'
    : '';
  return `${caption}<form method="post"${kind} novalidate>${csrfField(csrfToken)}${content}${buttons(words, maySave)}</form>`;
}

/** As components.button makes it; written out because every page has one. */
const submitButton = (text: string): string =>
  `<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">${escapeHtml(text)}</button>`;

/** The second sends the page as it is, so that nothing typed is lost. */
const buttons = (words: Words, maySave: boolean): string =>
  maySave
    ? `<div class="govuk-button-group">${submitButton(words.carryOn)}<button type="submit" class="govuk-button govuk-button--secondary" data-module="govuk-button" name="later" value="yes">${escapeHtml(words.saveForLater)}</button></div>`
    : submitButton(words.carryOn);

/**
 * A page has one heading: its own title, or its only question's, which is then the question's label as well. GOV.UK Design
 * System, "Labels and legends as page headings".
 */
function renderParts(
  page: CompiledPage,
  parts: readonly PagePart[],
  { posted, mistakes, summary }: { posted: Posted; mistakes: readonly Mistake[]; summary: string },
): string {
  const { questions, title } = page;
  const [first] = questions;
  const same = (asked: CompiledQuestion): boolean => asked === first && asked.question.title === title;
  const labelIsHeading =
    summary === '' && questions.length === 1 && parts[0]?.question === first && first !== undefined && same(first);
  let html = labelIsHeading ? '' : `<h1 class="govuk-heading-l">${escapeHtml(title)}</h1>`;
  html += summary;
  for (const { content, question } of parts) {
    if (content !== null) html += content;
    if (!question) continue;
    // A page that has no title of its own would leave nothing to see of the question.
    const isHidden = same(question) || (question.question.hideTitle && page.page.title !== '');
    const shown = labelIsHeading ? 'heading' : isHidden ? 'hidden' : 'label';
    html += question.render(posted, ofQuestion(question, mistakes), { title: shown });
  }
  return html;
}

/** Check your answers: everything that was asked, with a link to change each. */
export function renderCheckPage(
  journey: Journey,
  summary: CompiledPage | null,
  {
    address,
    declaration,
    posted,
    mistakes,
    csrfToken,
    words,
  }: {
    /** Of the service: `/services/fishing-licence`. */
    address: string;
    words: Words;
    /** Safe HTML. */
    declaration: string | null;
    posted: Posted;
    mistakes: readonly Mistake[];
    csrfToken: string;
  },
): string {
  let html = renderAnswers(journey.answeredPages(), { address, change: 'yes', captions: true, words });
  const last = summary ? journey.shownParts(summary) : [];
  if (declaration !== null && declaration !== '')
    html += `<h2 class="govuk-heading-m">${escapeHtml(words.check.declaration)}</h2>${declaration}`;
  for (const { content, question } of last) {
    html += content ?? question?.render(posted, ofQuestion(question, mistakes), { title: 'label' }) ?? '';
  }
  const agrees = last.length > 0 || Boolean(declaration);
  const button = submitButton(agrees ? words.check.acceptAndSend : words.check.send);
  const heading = `<h1 class="govuk-heading-l">${escapeHtml(words.check.title)}</h1>`;
  return `${heading}<form method="post" novalidate>${csrfField(csrfToken)}${html}${trap(words, posted, mistakes)}${button}</form>`;
}

/**
 * A field that nobody sees or comes to by keyboard, and that programs fill in. Whose browser has filled it in is shown it, and
 * told to empty it: then it is an ordinary field.
 */
function trap({ slowDown }: Words, posted: Posted, mistakes: readonly Mistake[]): string {
  const [mistake] = mistakes.filter(({ field }) => field === trapField);
  const field = {
    id: trapField,
    name: trapField,
    label: { text: slowDown.leaveEmpty },
    autocomplete: 'off',
    classes: 'govuk-input--width-20',
  };
  if (mistake) {
    const value = typeof posted[trapField] === 'string' ? posted[trapField] : '';
    return components.input({ ...field, value, errorMessage: { text: mistake.text } });
  }
  let hidden = traps.get(slowDown.leaveEmpty);
  if (hidden === undefined) {
    hidden = `<div class="govuk-visually-hidden" aria-hidden="true">${components.input({ ...field, attributes: { tabindex: '-1' } })}</div>`;
    traps.set(slowDown.leaveEmpty, hidden);
  }
  return hidden;
}

/** As it stands on every page, by its words. */
const traps = new Map<string, string>();

function ofQuestion({ question }: CompiledQuestion, mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.filter(({ field }) => field === question.key || field.startsWith(`${question.key}-`));
}
