import { components, csrfField, escapeHtml } from '#design';
import type { CompiledPage, Journey, PagePart } from '../compile.ts';
import type { CompiledQuestion, Mistake, Posted } from '../questions.ts';

/** The content of a question page, filled with what was saved or typed. */
export function renderQuestionPage(
  page: CompiledPage,
  journey: Journey,
  { posted, mistakes, csrfToken }: { posted: Posted; mistakes: readonly Mistake[]; csrfToken: string },
): string {
  const caption = page.caption === null ? '' : `<span class="govuk-caption-l">${escapeHtml(page.caption)}</span>`;
  const content = renderParts(page, journey.shownParts(page), posted, mistakes);
  if (page.page.kind === 'terminal') return caption + content;
  // The token stands first, since what comes before it in a form with files is not taken.
  const kind = page.questions.some(({ question }) => question.kind === 'file-upload')
    ? ' enctype="multipart/form-data"'
    : '';
  return `${caption}<form method="post"${kind} novalidate>${csrfField(csrfToken)}${content}${continueButton}</form>`;
}

const continueButton =
  '<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">Continue</button>';

/**
 * A page has one heading: its own title, or its only question's, which is then the question's label as well. GOV.UK Design
 * System, "Labels and legends as page headings".
 */
function renderParts(
  page: CompiledPage,
  parts: readonly PagePart[],
  posted: Posted,
  mistakes: readonly Mistake[],
): string {
  const { questions, title } = page;
  const [first] = questions;
  const same = (asked: CompiledQuestion): boolean => asked === first && asked.question.title === title;
  const labelIsHeading = questions.length === 1 && parts[0]?.question === first && first !== undefined && same(first);
  let html = labelIsHeading ? '' : `<h1 class="govuk-heading-l">${escapeHtml(title)}</h1>`;
  for (const { content, question } of parts) {
    if (content !== null) html += content;
    if (!question) continue;
    const shown = labelIsHeading ? 'heading' : same(question) ? 'hidden' : 'label';
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
  }: {
    /** Of the service: `/services/fishing-licence`. */
    address: string;
    /** Safe HTML. */
    declaration: string | null;
    posted: Posted;
    mistakes: readonly Mistake[];
    csrfToken: string;
  },
): string {
  const groups = new Map<string, Parameters<typeof components.summaryList>[0]['rows'][number][]>();
  for (const { page, questions } of journey.answeredPages()) {
    const caption = page.caption ?? '';
    const rows = groups.get(caption) ?? [];
    groups.set(caption, rows);
    for (const { question, answer } of questions) {
      const name = question.question.shortTitle ?? question.question.title;
      const lines = answer === null ? ['Not provided'] : question.lines(answer);
      rows.push({
        key: { text: name },
        value: { html: lines.map(escapeHtml).join('<br>') },
        actions: {
          items: [{ href: `${address}/apply/${page.slug}?change=yes`, text: 'Change', visuallyHiddenText: name }],
        },
      });
    }
  }
  let html = '';
  for (const [caption, rows] of groups) {
    if (caption) html += `<h2 class="govuk-heading-m">${escapeHtml(caption)}</h2>`;
    html += components.summaryList({ rows, classes: 'govuk-!-margin-bottom-9' });
  }
  const last = summary ? journey.shownParts(summary) : [];
  if (declaration !== null && declaration !== '') html += `<h2 class="govuk-heading-m">Declaration</h2>${declaration}`;
  for (const { content, question } of last) {
    html += content ?? question?.render(posted, ofQuestion(question, mistakes), { title: 'label' }) ?? '';
  }
  const agrees = last.length > 0 || Boolean(declaration);
  const button = components.button({ text: agrees ? 'Accept and send' : 'Send', preventDoubleClick: true });
  const heading = '<h1 class="govuk-heading-l">Check your answers</h1>';
  return `${heading}<form method="post" novalidate>${csrfField(csrfToken)}${html}${button}</form>`;
}

function ofQuestion({ question }: CompiledQuestion, mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.filter(({ field }) => field === question.key || field.startsWith(`${question.key}-`));
}
