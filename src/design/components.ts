import { join } from 'node:path';
import { createTemplates, officialMacro, type Macro, type Templates } from './templates.ts';

/**
 * The components of GOV.UK Frontend and our own, called as functions: parameters in, HTML out. `text` is escaped, `html`
 * is printed as it is. Parameters have the names that the design system's own documentation gives them.
 */
export const components = {
  backLink: official<BackLinkParams>('back-link', 'govukBackLink'),
  breadcrumbs: official<BreadcrumbsParams>('breadcrumbs', 'govukBreadcrumbs'),
  button: official<ButtonParams>('button', 'govukButton'),
  characterCount: official<CharacterCountParams>('character-count', 'govukCharacterCount'),
  checkboxes: official<CheckboxesParams>('checkboxes', 'govukCheckboxes'),
  dateInput: official<DateInputParams>('date-input', 'govukDateInput'),
  details: official<DetailsParams>('details', 'govukDetails'),
  errorMessage: official<Content & Markup & { id?: string | undefined }>('error-message', 'govukErrorMessage'),
  errorSummary: official<ErrorSummaryParams>('error-summary', 'govukErrorSummary'),
  fieldset: official<FieldsetParams & { html?: string | undefined }>('fieldset', 'govukFieldset'),
  fileUpload: official<FileUploadParams>('file-upload', 'govukFileUpload'),
  hint: official<Content & Markup & { id?: string | undefined }>('hint', 'govukHint'),
  input: official<InputParams>('input', 'govukInput'),
  insetText: official<Content & Markup & { id?: string | undefined }>('inset-text', 'govukInsetText'),
  label: official<LabelParams & { for?: string | undefined }>('label', 'govukLabel'),
  notificationBanner: official<NotificationBannerParams>('notification-banner', 'govukNotificationBanner'),
  pagination: official<PaginationParams>('pagination', 'govukPagination'),
  panel: official<PanelParams>('panel', 'govukPanel'),
  passwordInput: official<TextFieldParams>('password-input', 'govukPasswordInput'),
  radios: official<RadiosParams>('radios', 'govukRadios'),
  select: official<SelectParams>('select', 'govukSelect'),
  summaryList: official<SummaryListParams>('summary-list', 'govukSummaryList'),
  table: official<TableParams>('table', 'govukTable'),
  tabs: official<TabsParams>('tabs', 'govukTabs'),
  tag: official<Content & Markup>('tag', 'govukTag'),
  taskList: official<TaskListParams>('task-list', 'govukTaskList'),
  textarea: official<TextareaParams>('textarea', 'govukTextarea'),
  warningText: official<Content & Markup & { iconFallbackText?: string | undefined }>(
    'warning-text',
    'govukWarningText',
  ),

  emptyState: own<EmptyStateParams>('empty-state', 'emptyState'),
  figures: own<FiguresParams>('figures', 'figures'),
  pageHeading: own<PageHeadingParams>('page-heading', 'pageHeading'),
  sideNavigation: own<SideNavigationParams>('side-navigation', 'sideNavigation'),
  subNavigation: own<SubNavigationParams>('sub-navigation', 'subNavigation'),
  timeline: own<TimelineParams>('timeline', 'timeline'),
  workList: own<WorkListParams>('work-list', 'workList'),
} as const;

/** What a component says: either text, which is escaped, or HTML. */
export interface Content {
  readonly text?: string | undefined;
  readonly html?: string | undefined;
}

export interface Markup {
  readonly classes?: string | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export interface BackLinkParams extends Content, Markup {
  readonly href?: string | undefined;
}

export interface BreadcrumbsParams extends Markup {
  readonly items: readonly (Content & { readonly href?: string | undefined })[];
  readonly collapseOnMobile?: boolean | undefined;
}

export interface ButtonParams extends Content, Markup {
  readonly id?: string | undefined;
  readonly href?: string | undefined;
  readonly type?: 'submit' | 'button' | 'reset' | undefined;
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly isStartButton?: boolean | undefined;
  /** Two clicks within a second send a form once, where there is JavaScript. The server must not need it. */
  readonly preventDoubleClick?: boolean | undefined;
}

export interface LabelParams extends Content, Markup {
  readonly isPageHeading?: boolean | undefined;
}

export interface FieldsetParams extends Markup {
  readonly legend?:
    (Content & { readonly classes?: string | undefined; readonly isPageHeading?: boolean | undefined }) | undefined;
  readonly describedBy?: string | undefined;
  readonly role?: string | undefined;
}

/** What every question has. */
export interface FieldParams extends Markup {
  readonly hint?: (Content & Markup) | undefined;
  /** As `errorFor` gives it. */
  readonly errorMessage?: (Content & Markup) | undefined;
  readonly formGroup?: Markup | undefined;
  readonly disabled?: boolean | undefined;
  readonly describedBy?: string | undefined;
}

export interface TextFieldParams extends FieldParams {
  readonly id: string;
  readonly name: string;
  readonly label: LabelParams;
  readonly value?: string | undefined;
  readonly autocomplete?: string | undefined;
  readonly spellcheck?: boolean | undefined;
}

export interface InputParams extends TextFieldParams {
  readonly type?: string | undefined;
  readonly inputmode?: 'text' | 'numeric' | 'decimal' | 'email' | 'tel' | 'url' | 'search' | undefined;
  readonly pattern?: string | undefined;
  readonly autocapitalize?: string | undefined;
  readonly prefix?: (Content & Markup) | undefined;
  readonly suffix?: (Content & Markup) | undefined;
}

export interface TextareaParams extends TextFieldParams {
  readonly rows?: number | undefined;
}

export interface CharacterCountParams extends TextareaParams {
  readonly maxlength?: number | undefined;
  readonly maxwords?: number | undefined;
  readonly threshold?: number | undefined;
}

export interface FileUploadParams extends FieldParams {
  readonly id: string;
  readonly name: string;
  readonly label: LabelParams;
  readonly multiple?: boolean | undefined;
}

export interface SelectParams extends FieldParams {
  readonly id: string;
  readonly name: string;
  readonly label: LabelParams;
  readonly value?: string | undefined;
  readonly items: readonly {
    readonly value: string;
    readonly text: string;
    readonly selected?: boolean | undefined;
    readonly disabled?: boolean | undefined;
  }[];
}

export interface ChoiceItem extends Content {
  readonly value?: string | undefined;
  readonly id?: string | undefined;
  readonly hint?: Content | undefined;
  readonly checked?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  /** Stands between two choices, in place of a choice: usually "or". */
  readonly divider?: string | undefined;
  /** What is asked only of those who choose this. */
  readonly conditional?: { readonly html: string } | undefined;
  readonly label?: Markup | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export interface RadiosParams extends FieldParams {
  /** The id of the first choice, which the error summary links to. */
  readonly idPrefix: string;
  readonly name: string;
  readonly fieldset?: FieldsetParams | undefined;
  readonly value?: string | undefined;
  readonly items: readonly ChoiceItem[];
}

export interface CheckboxesParams extends FieldParams {
  /** The id of the first choice, which the error summary links to. */
  readonly idPrefix: string;
  readonly name: string;
  readonly fieldset?: FieldsetParams | undefined;
  readonly values?: readonly string[] | undefined;
  readonly items: readonly (ChoiceItem & {
    readonly name?: string | undefined;
    readonly behaviour?: 'exclusive' | undefined;
  })[];
}

export interface DateInputParams extends FieldParams {
  readonly id: string;
  readonly namePrefix?: string | undefined;
  readonly fieldset?: FieldsetParams | undefined;
  /** Day, month and year; the error summary links to `<id>-<name>`, or to `id` where one is given. */
  readonly items?:
    | readonly {
        readonly name: string;
        readonly id?: string | undefined;
        readonly label?: string | undefined;
        readonly value?: string | undefined;
        readonly classes?: string | undefined;
        readonly autocomplete?: string | undefined;
        /** False where an error of the whole date is not about this field. */
        readonly error?: boolean | undefined;
        readonly attributes?: Readonly<Record<string, string>> | undefined;
      }[]
    | undefined;
}

export interface DetailsParams extends Content, Markup {
  readonly summaryText?: string | undefined;
  readonly summaryHtml?: string | undefined;
  readonly id?: string | undefined;
  readonly open?: boolean | undefined;
}

export interface ErrorSummaryParams extends Markup {
  readonly titleText: string;
  readonly descriptionText?: string | undefined;
  readonly errorList: readonly (Content & { readonly href?: string | undefined })[];
  readonly disableAutoFocus?: boolean | undefined;
}

export interface NotificationBannerParams extends Content, Markup {
  readonly titleText?: string | undefined;
  readonly titleId?: string | undefined;
  readonly type?: 'success' | undefined;
  readonly role?: string | undefined;
  readonly disableAutoFocus?: boolean | undefined;
}

export interface PaginationParams extends Markup {
  readonly items?:
    | readonly {
        readonly number?: string | number | undefined;
        readonly href?: string | undefined;
        readonly current?: boolean | undefined;
        readonly ellipsis?: boolean | undefined;
      }[]
    | undefined;
  readonly previous?: (Content & { readonly href: string; readonly labelText?: string | undefined }) | undefined;
  readonly next?: (Content & { readonly href: string; readonly labelText?: string | undefined }) | undefined;
  readonly landmarkLabel?: string | undefined;
}

export interface PanelParams extends Content, Markup {
  readonly titleText?: string | undefined;
  readonly titleHtml?: string | undefined;
  readonly headingLevel?: number | undefined;
}

interface ActionItem extends Content, Markup {
  readonly href: string;
  readonly visuallyHiddenText?: string | undefined;
}

export interface SummaryListParams extends Markup {
  readonly card?:
    | {
        readonly title?: (Content & { readonly headingLevel?: number | undefined }) | undefined;
        readonly actions?: { readonly items: readonly ActionItem[] } | undefined;
      }
    | undefined;
  readonly rows: readonly {
    readonly key: Content & { readonly classes?: string | undefined };
    readonly value: Content & { readonly classes?: string | undefined };
    readonly actions?: { readonly items: readonly ActionItem[] } | undefined;
    readonly classes?: string | undefined;
  }[];
}

export interface TableCell extends Content, Markup {
  readonly format?: 'numeric' | undefined;
  readonly colspan?: number | undefined;
}

export interface TableParams extends Markup {
  readonly caption?: string | undefined;
  readonly captionClasses?: string | undefined;
  readonly firstCellIsHeader?: boolean | undefined;
  readonly head?: readonly TableCell[] | undefined;
  readonly rows: readonly (readonly TableCell[])[];
}

export interface TabsParams extends Markup {
  readonly title?: string | undefined;
  readonly items: readonly { readonly id: string; readonly label: string; readonly panel: Content }[];
}

export interface TaskListParams extends Markup {
  readonly idPrefix?: string | undefined;
  readonly items: readonly {
    readonly title: Content;
    readonly hint?: Content | undefined;
    readonly status: Content & { readonly tag?: (Content & Markup) | undefined };
    readonly href?: string | undefined;
  }[];
}

/** Says that nothing is here yet, why, and what to do next. */
export interface EmptyStateParams {
  readonly heading: string;
  readonly text?: string | undefined;
  readonly action?: { readonly text: string; readonly href: string } | undefined;
  readonly headingLevel?: 2 | 3 | undefined;
}

/** Big numbers in a row, each with what it counts. */
export interface FiguresParams {
  readonly items: readonly {
    readonly label: string;
    readonly value: string;
    readonly hint?: string | undefined;
    readonly href?: string | undefined;
  }[];
}

/** A page's main heading, with what it belongs to above, a tag beside and what can be done at the right. */
export interface PageHeadingParams {
  readonly heading: string;
  readonly caption?: string | undefined;
  readonly tag?: (Content & Markup) | undefined;
  readonly lead?: string | undefined;
  readonly actions?:
    readonly { readonly text: string; readonly href: string; readonly secondary?: boolean | undefined }[] | undefined;
}

interface LinkItem {
  readonly text: string;
  readonly href: string;
  readonly current?: boolean | undefined;
  readonly count?: number | undefined;
}

/** Pages of one thing, beside the page. */
export interface SideNavigationParams {
  readonly label: string;
  readonly sections: readonly { readonly heading?: string | undefined; readonly items: readonly LinkItem[] }[];
}

/** Pages of one thing, above the page. */
export interface SubNavigationParams {
  readonly label: string;
  readonly items: readonly LinkItem[];
}

/** What happened, newest first; `at` is a moment in ISO 8601 as it is stored, `when` the same as people read it. */
export interface TimelineParams {
  readonly headingLevel?: 2 | 3 | undefined;
  readonly items: readonly (Content & {
    readonly title: string;
    readonly at: string;
    readonly when: string;
    readonly by?: string | undefined;
    readonly tag?: (Content & Markup) | undefined;
  })[];
}

/** A table whose rows become cards on a phone. The first cell of a row names the row, and is usually a link. */
export interface WorkListParams {
  readonly caption: string;
  readonly captionHidden?: boolean | undefined;
  readonly head: readonly { readonly text: string; readonly format?: 'numeric' | undefined }[];
  readonly rows: readonly (readonly (Content & {
    readonly href?: string | undefined;
    readonly hint?: string | undefined;
  })[])[];
}

function official<Params>(folder: string, name: string): (params: Params) => string {
  return whenFirstCalled(() => officialMacro(`govuk/components/${folder}/macro.njk`, name));
}

let ownTemplates: Templates | undefined;

function own<Params>(file: string, name: string): (params: Params) => string {
  return whenFirstCalled(() => {
    ownTemplates ??= createTemplates({ design: join(import.meta.dirname, 'views') }, 'UTC');
    return ownTemplates.macro(`design/components/${file}.njk`, name);
  });
}

/** Compiles a component when it is first called: a program that sends e-mail needs none. */
function whenFirstCalled<Params>(find: () => Macro): (params: Params) => string {
  let macro: Macro | undefined;
  return (params) => {
    macro ??= find();
    return macro(params).toString();
  };
}
