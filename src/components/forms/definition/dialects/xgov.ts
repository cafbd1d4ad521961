import type { Form } from '../form.ts';
import { content, question, readFormat } from './component-parts.ts';
import { defraComponents, readAccept } from './components.ts';
import type { ComponentReaders } from './components.ts';
import { listId } from './lists.ts';
import { byFile, defraControllers } from './controllers.ts';
import type { ControllerMeaning, Controllers } from './controllers.ts';
import { readGraphForm } from './graph.ts';
import type { GraphDialect } from './graph.ts';
import type { Reader, Source } from './reading.ts';

/** What the XGov digital form builder (github.com/XGovFormsCommunity/digital-form-builder) has beside DEFRA's components. */
export const xgovComponents: ComponentReaders = {
  ...defraComponents,
  Para: (from) => content(from, (base) => ({ ...base, kind: 'html', content: from.source.text('content') ?? '' })),
  WarningText: (from) =>
    content(from, (base) => ({ ...base, kind: 'inset-text', content: from.source.text('content') ?? from.title })),
  FlashCard: (from) =>
    content(from, (base) => ({ ...base, kind: 'list', list: listId(from), numbered: false, hideTitle: false })),
  DateField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'date',
      maxDaysInPast: from.options.count('maxDaysInPast'),
      maxDaysInFuture: from.options.count('maxDaysInFuture'),
      earliest: null,
      latest: null,
      maxMonthsInPast: null,
      notBefore: null,
    })),
  TimeField: (from) => question(from, (base) => ({ ...base, kind: 'time' })),
  DateTimeField: (from) => question(from, (base) => ({ ...base, kind: 'date-time', ...dayLimits(from.options) })),
  DateTimePartsField: (from) => question(from, (base) => ({ ...base, kind: 'date-time', ...dayLimits(from.options) })),
  // One file, unless the component says that it may be several.
  FileUploadField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'file-upload',
      minFiles: from.schema.count('min'),
      maxFiles: from.schema.count('max') ?? (from.options.flag('multiple') ? null : 1),
      exactFiles: from.schema.count('length'),
      accept: readAccept(from.options.text('accept')),
      maxBytes: null,
    })),
  WebsiteField: (from) =>
    question(from, (base) => ({
      ...base,
      kind: 'website',
      minLength: from.schema.count('min'),
      maxLength: from.schema.count('max'),
      pattern: readFormat(from.schema),
    })),
};

function dayLimits(options: Source): { maxDaysInPast: number | null; maxDaysInFuture: number | null } {
  return { maxDaysInPast: options.count('maxDaysInPast'), maxDaysInFuture: options.count('maxDaysInFuture') };
}

const signInByLink = 'People are not asked to sign in by a link in an e-mail: the page is passed over.';
const addressesAreTyped =
  'Addresses are not looked up by their postcode: the page is passed over, and people type the address on the next.';

/** Controllers by their names, which were once the paths of their files. */
export const xgovControllers: Controllers = {
  ...defraControllers,
  ...byFile('home', { kind: 'start' }),
  ...byFile('confirm', { kind: 'summary' }),
  Page: { kind: 'question' },
  HomePageController: { kind: 'start' },
  MultiStartPageController: { kind: 'start' },
  StartDatePageController: { kind: 'question' },
  DobPageController: { kind: 'question' },
  CustomSummaryPageController: { kind: 'summary' },
  ConfirmPageController: { kind: 'summary' },
  MiniSummaryPageController: { kind: 'section-summary' },
  RepeatingSectionSummaryPageController: { kind: 'section-summary' },
  CheckpointSummaryPageController: { kind: 'terminal' },
  PageControllerBase: { kind: 'question' },
  ContinuePageController: { kind: 'question' },
  // How its dates are compared is read with the page: see `compared-dates.ts`.
  DateComparisonPageController: { kind: 'question' },
  AdapterSummaryPageController: { kind: 'summary' },
  HeadlessSummaryPageController: { kind: 'summary' },
  ManualAddressPageController: { kind: 'question' },
  DeliveryAddressSameAsReportPageController: { kind: 'question' },
  FindAnAddressPageController: { kind: 'passed-over', warning: addressesAreTyped },
  SelectAnAddressPageController: { kind: 'passed-over', warning: addressesAreTyped },
  ...Object.fromEntries(
    [
      'MagicLinkController',
      'MagicLinkStartPageController',
      'MagicLinkRedirectController',
      'MagicLinkFirstSubmissionPageController',
      'MagicLinkFirstSubmitPageController',
      'MagicLinkSecondSubmitPageController',
      'MagicLinkSubmissionPageController',
      'FirstSubmitPageController',
      'Submit2PageController',
      'ResubmitPageController',
    ].map((name) => [name, { kind: 'passed-over', warning: signInByLink } satisfies ControllerMeaning]),
  ),
  TrustPaymentsPageController: {
    kind: 'passed-over',
    unready: 'The page asks for a payment, and payments are not connected yet. Take it out, or wait until they are.',
  },
  RepeatingFieldPageController: { kind: 'repeat' },
  RepeatedMultiFieldPageController: { kind: 'repeat' },
  RepeatedMultiFieldSummaryPageController: { kind: 'passed-over' },
  // What was added is listed on the page where it is added.
  RepeatingSummaryPageController: { kind: 'passed-over' },
  UploadPageController: {
    kind: 'question',
    warning: 'Whether a picture is sharp enough is not looked at: say on the page what a good picture is.',
  },
  PlaybackUploadPageController: { kind: 'passed-over' },
};

const xgov: GraphDialect = { components: xgovComponents, controllers: xgovControllers };

/** Reads the second version of the XGov digital form builder's dialect. */
export function readXgov(source: Source, reader: Reader): Form {
  return readGraphForm(source, reader, xgov);
}
