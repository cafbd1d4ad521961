import { join } from 'node:path';
import { components } from './components.ts';
import { createFrames, escapeHtml, type Frame } from './frames.ts';
import { wordsOf } from './words.ts';
import { checkLook, type Look } from './look.ts';
import { createTemplates, safe } from './templates.ts';

/** What every page may say about itself. Whatever else is given is seen by the view. */
export interface PageData {
  /** What the page is called in the browser's tab and to screen readers; the view writes its own heading. */
  readonly title: string;
  readonly backLink?: string | undefined;
  /** What is wrong with what was sent: `href` is `#` and the id of the field. Makes the error summary and the "Error:" title. */
  readonly errors?: readonly PageError[] | undefined;
  /** A BCP 47 tag, such as `en`. */
  readonly language?: string | undefined;
  /** The same page in every language that it is in, to change between them. */
  readonly languages?: readonly PageLanguage[] | undefined;
  readonly service?: PageService | undefined;
  /** The member of staff who is signed in: shows the name and a button to sign out. */
  readonly person?: { readonly name: string } | null | undefined;
  readonly navigation?: readonly NavigationItem[] | undefined;
  readonly breadcrumbs?: readonly { readonly text: string; readonly href?: string | undefined }[] | undefined;
  /** Pages of staff use the width of a large screen. */
  readonly wide?: boolean | undefined;
  /** How wide the content is. Usually two thirds, which keeps lines short enough to read; `full` where `wide`. */
  readonly column?: 'two-thirds' | 'full' | undefined;
  readonly csrfToken?: string | undefined;
  /** Tells what has just been done, or what everybody on the page should know. */
  readonly notice?: PageNotice | undefined;
  readonly [key: string]: unknown;
}

export interface PageError {
  readonly href: string;
  readonly text: string;
}

export interface PageLanguage {
  readonly text: string;
  readonly href: string;
  /** A BCP 47 tag. */
  readonly language: string;
  readonly current: boolean;
}

export interface PageService {
  readonly name: string;
  readonly href: string;
  readonly phase?: 'alpha' | 'beta' | 'live' | undefined;
  /** Where feedback goes: an address of a page, or `mailto:`. Shown in the banner of alpha and beta. */
  readonly feedback?: string | undefined;
}

export interface NavigationItem {
  readonly text: string;
  readonly href: string;
  readonly current?: boolean | undefined;
}

export interface PageNotice {
  readonly type?: 'success' | 'information' | undefined;
  /** What stands above it, in the language of the page; English if it is left out. */
  readonly title?: string | undefined;
  readonly heading: string;
  readonly text?: string | undefined;
}

/** Makes whole pages. */
export interface Renderer {
  /** Renders a view, named `part/view`, and puts it into the layout. */
  render(view: string, data: PageData): string;
  /** Puts HTML that is already made into the layout: the quickest way to a page. */
  renderContent(html: string, data: PageData): string;
}

/**
 * Makes the renderer of a government's pages.
 *
 * @param options.views the absolute folder of views of each part, by the part's name; all are compiled now
 * @param options.timeZone the time zone that the filter `datetime` shows times in
 * @throws Error when the look cannot be used (see checkLook) or a view is written wrongly
 */
export function createRenderer(options: {
  look: Look;
  views: Readonly<Record<string, string>>;
  timeZone?: string | undefined;
}): Renderer {
  const { look, views, timeZone = 'UTC' } = options;
  checkLook(look);
  const templates = createTemplates({ ...views, design: join(import.meta.dirname, 'views') }, timeZone);
  const findFrame = createFrames(look, templates);
  const renderContent = (html: string, data: PageData): string => wrap(html, data, look, frameOf(data, findFrame));
  return {
    render: (view, data) => renderContent(templates.render(view, viewContext(data, look)), data),
    renderContent,
  };
}

/** The hidden field that every form sends back, so that no other site can send it for the person. */
export function csrfField(token: string | undefined): string {
  return token === undefined ? '' : `<input type="hidden" name="_csrf" value="${escapeHtml(token)}">`;
}

function wrap(html: string, data: PageData, look: Look, frame: Frame): string {
  const { title, errors = [], service, person, csrfToken = '', notice } = data;
  const wrong = errors.length > 0;
  return frame({
    title: escapeHtml(
      `${wrong ? `${wordsOf(data.language).error} ` : ''}${title} - ${service?.name ?? look.governmentName}`,
    ),
    person: escapeHtml(person?.name ?? ''),
    csrfToken: escapeHtml(csrfToken),
    beforeMain: beforeMain(data),
    main: inColumn(
      data,
      (wrong ? renderErrors(errors, wordsOf(data.language).problem) : '') +
        (notice === undefined ? '' : renderNotice(notice)),
      html,
    ),
  });
}

function frameOf(data: PageData, findFrame: ReturnType<typeof createFrames>): Frame {
  return findFrame({
    language: data.language ?? 'en',
    wide: data.wide ?? false,
    signedIn: (data.person ?? null) !== null,
    service: data.service,
    navigation: data.navigation ?? [],
  });
}

function beforeMain(data: PageData): string {
  return renderLanguages(data) + wayBack(data);
}

function renderLanguages({ language, languages = [] }: PageData): string {
  if (languages.length < 2) return '';
  const items = languages.map(({ text, href, language: tag, current }) =>
    current
      ? `<li class="commonhold-languages__item"><span aria-current="true">${escapeHtml(text)}</span></li>`
      : `<li class="commonhold-languages__item"><a class="govuk-link" href="${escapeHtml(href)}" hreflang="${escapeHtml(tag)}" lang="${escapeHtml(tag)}">${escapeHtml(text)}</a></li>`,
  );
  return `<nav class="commonhold-languages" aria-label="${escapeHtml(wordsOf(language).languages)}"><ul class="commonhold-languages__list">${items.join('')}</ul></nav>\n`;
}

function wayBack({ breadcrumbs, backLink, language }: PageData): string {
  if (breadcrumbs !== undefined && breadcrumbs.length > 0) {
    return components.breadcrumbs({ items: breadcrumbs, collapseOnMobile: true });
  }
  if (backLink === undefined) return '';
  // As components.backLink makes it; written out because nearly every question has one.
  return `<a href="${escapeHtml(backLink)}" class="govuk-back-link">${escapeHtml(wordsOf(language).back)}</a>\n`;
}

function inColumn(
  { wide, column = wide === true ? 'full' : 'two-thirds' }: PageData,
  top: string,
  html: string,
): string {
  if (column === 'two-thirds') return `${rowOpening}${top}${html}${rowClosing}`;
  return top === '' ? html : `${rowOpening}${top}${rowClosing}${html}`;
}

const rowOpening = '<div class="govuk-grid-row"><div class="govuk-grid-column-two-thirds">';
const rowClosing = '</div></div>';

function renderErrors(errors: readonly PageError[], titleText: string): string {
  return components.errorSummary({ titleText, errorList: errors });
}

function renderNotice({ type = 'success', title, heading, text }: PageNotice): string {
  const more = text === undefined ? '' : `<p class="govuk-body">${escapeHtml(text)}</p>`;
  return components.notificationBanner({
    type: type === 'success' ? 'success' : undefined,
    titleText: title ?? (type === 'success' ? 'Success' : 'Important'),
    html: `<p class="govuk-notification-banner__heading">${escapeHtml(heading)}</p>${more}`,
  });
}

function viewContext(data: PageData, look: Look): object {
  return {
    ...data,
    look,
    csrfField: safe(csrfField(data.csrfToken)),
    errorFor: (id: string) => errorFor(data.errors, id),
  };
}

/** The error message of a field, as the components take it; undefined when nothing is wrong with it. */
export function errorFor(errors: readonly PageError[] | undefined, id: string): { text: string } | undefined {
  const error = errors?.find((candidate) => candidate.href === `#${id}`);
  return error === undefined ? undefined : { text: error.text };
}
