import { components, csrfField, escapeHtml } from '#design';
import type { CompiledPage, Journey } from '../versions/compile.ts';
import type { Mistake } from '../questions/questions.ts';
import { lowerFirst } from '../questions/question.ts';
import type { Words } from '../words/words.ts';
import { renderAnswers } from './answer-rows.ts';

/** The page of a repeat, for one person. */
export interface RepeatPage {
  page: CompiledPage;
  /** Through the flow that the page is in. */
  inside: Journey;
  /** Of the page itself. */
  address: string;
  csrfToken: string;
  words: Words;
}

/** The list of what was added, and the question whether to add another. */
export function renderRepeatPage({
  page,
  inside,
  address,
  csrfToken,
  words,
  mistakes,
}: RepeatPage & { mistakes: readonly Mistake[] }): string {
  const { repeat } = page;
  if (!repeat) return '';
  const { itemTitle, max, countKey } = repeat.repeat;
  const names = inside.itemsOf(page);
  const rows = names.map((name) => itemRow(page, inside, name, { address, words }));
  const list =
    names.length === 0
      ? `<p class="govuk-body">${escapeHtml(words.repeat.none)}</p>`
      : components.summaryList({ rows });
  const order =
    names.length > 1 && countKey === null
      ? `<p class="govuk-body"><a class="govuk-link" href="${escapeHtml(address)}?order=yes">${escapeHtml(words.repeat.order)}</a></p>`
      : '';
  const mayAdd = inside.mayAdd(page);
  const what = lowerFirst(itemTitle);
  const [mistake] = mistakes.filter(({ field }) => field === 'another');
  const another = mayAdd
    ? components.radios({
        idPrefix: 'another',
        name: 'another',
        classes: 'govuk-radios--inline',
        fieldset: {
          legend: {
            text: names.length === 0 ? words.repeat.addOne : words.repeat.addAnother(what),
            classes: 'govuk-fieldset__legend--m',
          },
        },
        items: [
          { text: words.yes, value: 'yes' },
          { text: words.no, value: 'no' },
        ],
        ...(mistake ? { errorMessage: { text: mistake.text } } : {}),
      })
    : '';
  const full =
    countKey === null && !mayAdd ? `<p class="govuk-body">${escapeHtml(words.repeat.full(names.length, max))}</p>` : '';
  return `${headingOf(page, inside)}${list}${order}<form method="post" novalidate>${csrfField(csrfToken)}${full}${another}${continueButton(words)}</form>`;
}

type Row = Parameters<typeof components.summaryList>[0]['rows'][number];

/** One of the things that were added: what it is called, how it can be told from the others, and what can be done with it. */
function itemRow(
  page: CompiledPage,
  inside: Journey,
  name: string,
  { address, words }: Pick<RepeatPage, 'address' | 'words'>,
): Row {
  const item = inside.inItem(page, name);
  const title = item.items.at(-1)?.title ?? '';
  const unanswered = item.firstUnanswered();
  const [first, second] = item
    .answeredPages()
    .flatMap(({ questions, items }) =>
      items.length > item.items.length
        ? []
        : questions.flatMap(({ question, answer }) =>
            answer === null || question.question.kind === 'hidden' ? [] : [question.lines(answer).join(', ')],
          ),
    );
  const told = [first, second].filter((text) => text !== undefined && text !== '').join(', ');
  const shown = told.length > 120 ? `${told.slice(0, 119)}…` : told;
  const single = page.repeat?.flow.pages.length === 1 ? page.repeat.flow.pages[0] : undefined;
  const change = single ? `${address}/~${name}/${single.slug}?change=item` : `${address}/~${name}`;
  const actions = [{ href: change, text: unanswered ? words.carryOn : words.check.change, visuallyHiddenText: title }];
  if (page.repeat?.repeat.countKey === null) {
    actions.push({ href: `${address}/~${name}?remove=yes`, text: words.repeat.remove, visuallyHiddenText: title });
  }
  const tag = unanswered ? ` ${components.tag({ text: words.repeat.incomplete, classes: 'govuk-tag--yellow' })}` : '';
  return {
    key: { html: `<span id="item-${escapeHtml(name)}">${escapeHtml(title)}</span>` },
    value: { html: escapeHtml(shown) + tag },
    actions: { items: actions },
  };
}

/** Puts what was added in another order, one step at a time. */
export function renderOrderPage({ page, inside, address, csrfToken, words }: RepeatPage): string {
  const names = inside.itemsOf(page);
  const button = (name: string, action: 'up' | 'down', title: string): string =>
    `<button type="submit" name="${action}" value="${escapeHtml(name)}" class="govuk-button govuk-button--secondary govuk-!-margin-bottom-0 govuk-!-margin-right-1">${escapeHtml(words.repeat[action])}<span class="govuk-visually-hidden"> ${escapeHtml(title)}</span></button>`;
  const rows = names.map((name, index): Row => {
    const row = itemRow(page, inside, name, { address, words });
    const title = inside.inItem(page, name).items.at(-1)?.title ?? '';
    const buttons =
      (index > 0 ? button(name, 'up', title) : '') + (index < names.length - 1 ? button(name, 'down', title) : '');
    return { key: { text: title }, value: { html: `<p class="govuk-body">${row.value.html ?? ''}</p>${buttons}` } };
  });
  const heading = `<h1 class="govuk-heading-l">${escapeHtml(words.repeat.order)}</h1>`;
  const caption = `<span class="govuk-caption-l">${escapeHtml(page.title)}</span>`;
  const done = components.button({ text: words.repeat.done, href: address });
  return `${caption}${heading}<form method="post" novalidate>${csrfField(csrfToken)}${components.summaryList({ rows })}</form>${done}`;
}

/** Everything that was answered about one of the things that were added. */
export function renderItemPage({
  item,
  service,
  list,
  words,
}: {
  page: CompiledPage;
  words: Words;
  item: Journey;
  /** Address of the service. */
  service: string;
  /** Address of the list. */
  list: string;
}): string {
  const caption = `<span class="govuk-caption-l">${escapeHtml(item.items.map(({ title }) => title).join(', '))}</span>`;
  const depth = item.items.length;
  const answered = item.answeredPages().map((page) => ({ ...page, items: page.items.slice(depth) }));
  const answers = renderAnswers(answered, { address: service, change: 'item', captions: false, words });
  const on = components.button({ text: words.carryOn, href: list });
  return `${caption}<h1 class="govuk-heading-l">${escapeHtml(words.check.title)}</h1>${answers}${on}`;
}

export function renderRemovalPage({
  title,
  mistakes,
  csrfToken,
  words,
}: {
  title: string;
  words: Words;
  mistakes: readonly Mistake[];
  csrfToken: string;
}): string {
  const [mistake] = mistakes;
  const sure = components.radios({
    idPrefix: 'remove',
    name: 'remove',
    classes: 'govuk-radios--inline',
    fieldset: { legend: { text: title, isPageHeading: true, classes: 'govuk-fieldset__legend--l' } },
    items: [
      { text: words.yes, value: 'yes' },
      { text: words.no, value: 'no' },
    ],
    ...(mistake ? { errorMessage: { text: mistake.text } } : {}),
  });
  return `<form method="post" novalidate>${csrfField(csrfToken)}${sure}${continueButton(words)}</form>`;
}

const continueButton = ({ carryOn }: Words): string =>
  `<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">${escapeHtml(carryOn)}</button>`;

function headingOf(page: CompiledPage, inside: Journey): string {
  const around = inside.items.map(({ title }) => title).join(', ');
  const above = around || (page.caption ?? '');
  const caption = above === '' ? '' : `<span class="govuk-caption-l">${escapeHtml(above)}</span>`;
  return `${caption}<h1 class="govuk-heading-l">${escapeHtml(page.title)}</h1>`;
}
