import { components, csrfField, escapeHtml } from '#design';
import type { CompiledPage, Journey } from '../compile.ts';
import type { Mistake } from '../questions.ts';
import { lowerFirst } from '../questions/question.ts';
import { renderAnswers } from './answer-rows.ts';

/** The page of a repeat, for one person. */
export interface RepeatPage {
  page: CompiledPage;
  /** Through the flow that the page is in. */
  inside: Journey;
  /** Of the page itself. */
  address: string;
  csrfToken: string;
}

/** The list of what was added, and the question whether to add another. */
export function renderRepeatPage({
  page,
  inside,
  address,
  csrfToken,
  mistakes,
}: RepeatPage & { mistakes: readonly Mistake[] }): string {
  const { repeat } = page;
  if (!repeat) return '';
  const { itemTitle, max, countKey } = repeat.repeat;
  const names = inside.itemsOf(page);
  const rows = names.map((name) => itemRow(page, inside, name, address));
  const list = names.length === 0 ? noneAdded(page) : components.summaryList({ rows });
  const order =
    names.length > 1 && countKey === null
      ? `<p class="govuk-body"><a class="govuk-link" href="${escapeHtml(address)}?order=yes">Change the order</a></p>`
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
            text: names.length === 0 ? `Do you want to add: ${what}?` : `Do you want to add another: ${what}?`,
            classes: 'govuk-fieldset__legend--m',
          },
        },
        items: [
          { text: 'Yes', value: 'yes' },
          { text: 'No', value: 'no' },
        ],
        ...(mistake ? { errorMessage: { text: mistake.text } } : {}),
      })
    : '';
  const full =
    countKey === null && !mayAdd
      ? `<p class="govuk-body">You have added ${names.length}, which is the most: ${max}. To add another, remove one first.</p>`
      : '';
  return `${headingOf(page, inside)}${list}${order}<form method="post" novalidate>${csrfField(csrfToken)}${full}${another}${continueButton}</form>`;
}

function noneAdded({ repeat }: CompiledPage): string {
  const what = lowerFirst(repeat?.repeat.itemTitle ?? '');
  return `<p class="govuk-body">You have not added any yet: ${escapeHtml(what)}.</p>`;
}

type Row = Parameters<typeof components.summaryList>[0]['rows'][number];

/** One of the things that were added: what it is called, how it can be told from the others, and what can be done with it. */
function itemRow(page: CompiledPage, inside: Journey, name: string, address: string): Row {
  const item = inside.inItem(page, name);
  const title = item.items.at(-1)?.title ?? '';
  const unanswered = item.firstUnanswered();
  const [first, second] = item
    .answeredPages()
    .flatMap(({ questions, items }) =>
      items.length > item.items.length
        ? []
        : questions.flatMap(({ question, answer }) => (answer === null ? [] : [question.lines(answer).join(', ')])),
    );
  const words = [first, second].filter((text) => text !== undefined && text !== '').join(', ');
  const shown = words.length > 120 ? `${words.slice(0, 119)}…` : words;
  const single = page.repeat?.flow.pages.length === 1 ? page.repeat.flow.pages[0] : undefined;
  const change = single ? `${address}/~${name}/${single.slug}?change=item` : `${address}/~${name}`;
  const actions = [{ href: change, text: unanswered ? 'Continue' : 'Change', visuallyHiddenText: title }];
  if (page.repeat?.repeat.countKey === null) {
    actions.push({ href: `${address}/~${name}?remove=yes`, text: 'Remove', visuallyHiddenText: title });
  }
  const tag = unanswered ? ` ${components.tag({ text: 'Incomplete', classes: 'govuk-tag--yellow' })}` : '';
  return {
    key: { html: `<span id="item-${escapeHtml(name)}">${escapeHtml(title)}</span>` },
    value: { html: escapeHtml(shown) + tag },
    actions: { items: actions },
  };
}

/** Puts what was added in another order, one step at a time. */
export function renderOrderPage({ page, inside, address, csrfToken }: RepeatPage): string {
  const names = inside.itemsOf(page);
  const button = (name: string, action: 'up' | 'down', title: string): string =>
    `<button type="submit" name="${action}" value="${escapeHtml(name)}" class="govuk-button govuk-button--secondary govuk-!-margin-bottom-0 govuk-!-margin-right-1">Move ${action}<span class="govuk-visually-hidden"> ${escapeHtml(title)}</span></button>`;
  const rows = names.map((name, index): Row => {
    const row = itemRow(page, inside, name, address);
    const title = inside.inItem(page, name).items.at(-1)?.title ?? '';
    const buttons =
      (index > 0 ? button(name, 'up', title) : '') + (index < names.length - 1 ? button(name, 'down', title) : '');
    return { key: { text: title }, value: { html: `<p class="govuk-body">${row.value.html ?? ''}</p>${buttons}` } };
  });
  const heading = `<h1 class="govuk-heading-l">Change the order</h1>`;
  const caption = `<span class="govuk-caption-l">${escapeHtml(page.title)}</span>`;
  const done = components.button({ text: 'Done', href: address });
  return `${caption}${heading}<form method="post" novalidate>${csrfField(csrfToken)}${components.summaryList({ rows })}</form>${done}`;
}

/** Everything that was answered about one of the things that were added. */
export function renderItemPage({
  item,
  service,
  list,
}: {
  page: CompiledPage;
  item: Journey;
  /** Address of the service. */
  service: string;
  /** Address of the list. */
  list: string;
}): string {
  const caption = `<span class="govuk-caption-l">${escapeHtml(item.items.map(({ title }) => title).join(', '))}</span>`;
  const depth = item.items.length;
  const answered = item.answeredPages().map((page) => ({ ...page, items: page.items.slice(depth) }));
  const answers = renderAnswers(answered, { address: service, change: 'item', captions: false });
  const on = components.button({ text: 'Continue', href: list });
  return `${caption}<h1 class="govuk-heading-l">Check your answers</h1>${answers}${on}`;
}

export function renderRemovalPage({
  title,
  mistakes,
  csrfToken,
}: {
  title: string;
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
      { text: 'Yes', value: 'yes' },
      { text: 'No', value: 'no' },
    ],
    ...(mistake ? { errorMessage: { text: mistake.text } } : {}),
  });
  return `<form method="post" novalidate>${csrfField(csrfToken)}${sure}${continueButton}</form>`;
}

const continueButton =
  '<button type="submit" class="govuk-button" data-module="govuk-button" data-prevent-double-click="true">Continue</button>';

function headingOf(page: CompiledPage, inside: Journey): string {
  const around = inside.items.map(({ title }) => title).join(', ');
  const above = around || (page.caption ?? '');
  const caption = above === '' ? '' : `<span class="govuk-caption-l">${escapeHtml(above)}</span>`;
  return `${caption}<h1 class="govuk-heading-l">${escapeHtml(page.title)}</h1>`;
}
