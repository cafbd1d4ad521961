import { compare, component, condition, content, detours, list, page, refer } from './graph-parts.fixture.ts';
import type { Parts } from './graph-parts.fixture.ts';

/**
 * A form in the dialect of the XGov digital form builder that uses whatever its schema knows: made up for tests, a permit to marry
 * abroad.
 */

const relative = (timePeriod: string, timeUnit: string, direction: string, timeOnly = false): Parts => ({
  type: 'RelativeTime',
  timePeriod,
  timeUnit,
  direction,
  timeOnly,
});

const written = (name: string, value: string): Parts => ({ name, displayName: `If ${name}`, value });

const conditions = [
  written('isAdult', 'couple.age >= 18'),
  written('isChild', 'not (couple.age >= 18)'),
  written('isEither', "couple.place == 'sea' or couple.place == 'hill'"),
  written('isBoth', "couple.age > 30 and couple.place != 'town'"),
  written('isIn', "'rings' in couple.brings"),
  written('isNotIn', "not ('rice' in couple.brings)"),
  written('isOneOf', "couple.place in ['sea', 'town']"),
  written('isLongName', 'length(couple.partner) > 12'),
  written('isPlain', 'couple.wed'),
  written('isTernary', '(couple.wed == true) or (couple.wed == false and couple.age < 25)'),
  written('isWithOtherSigns', "couple.age === 40 || (couple.age !== 41 && couple.place === 'hill')"),
  written('isByDate', "couple.day >= dateForComparison(-2, 'years')"),
  written('isByBareName', 'age > 60'),
  condition('soon', compare('day', 'is less than', relative('10', 'days', 'in the future'))),
  condition('late', compare('day', 'is more than', relative('6', 'months', 'in the future'))),
  condition('byThen', compare('day', 'is at most', relative('2', 'years', 'in the future'))),
  condition('longAgo', compare('day', 'is at least', relative('1', 'years', 'in the past'))),
  condition('onDay', compare('day', 'is', '2026-06-01')),
  condition('withinHours', compare('landing', 'is at most', relative('48', 'hours', 'in the past'))),
  condition('thisMinute', compare('landing', 'is more than', relative('90', 'minutes', 'in the future'))),
  condition('clockSoon', compare('hour', 'is less than', relative('2', 'hours', 'in the future', true))),
  condition('early', compare('hour', 'is before', '09:00')),
  condition('nested', refer('soon'), {
    coordinator: 'or',
    conditions: [compare('place', 'is', 'sea'), compare('age', 'is more than', '50', 'and')],
  }),
];

export const xgov = {
  name: { en: 'Marry abroad' },
  version: 2,
  startPage: '/start',
  authentication: false,
  skipSummary: false,
  phaseBanner: { phase: 'beta' },
  feedback: { feedbackForm: false, url: '/feedback', emailAddress: 'help@example.com' },
  exitOptions: { url: 'https://www.example.com/exit', format: 'WEBHOOK' },
  feeOptions: { maxAttempts: 3, allowSubmissionWithoutPayment: true, showPaymentSkippedWarningPage: false },
  fees: [],
  toggle: true,
  retryTimeoutSeconds: 60,
  showFilenamesOnSummaryPage: true,
  declaration: '<p>We wish to marry.</p>',
  metadata: {},
  outputs: [
    { name: 'hook', title: 'Hook', type: 'webhook', outputConfiguration: { url: 'https://www.example.com/hook' } },
    {
      name: 'mail',
      title: 'Mail',
      type: 'notify',
      outputConfiguration: { templateId: 't', apiKey: '', emailField: 'couple.email', personalisation: ['isAdult'] },
    },
    { name: 'post', title: 'Post', type: 'email', outputConfiguration: { emailAddress: 'post@example.com' } },
    { name: 'rows', title: 'Rows', type: 'sheets', outputConfiguration: {} },
  ],
  specialPages: {
    confirmationPage: {
      customText: {
        title: 'You are booked',
        paymentSkipped: false,
        nextSteps: '<p>We write to {{ couple.partner }} next.</p>',
        referenceTitle: 'Your number',
      },
      components: [
        content('Html', 'after', '<p>Bring the rings.</p>'),
        { ...content('Para', 'old', '<p>You are over thirty.</p>'), options: { condition: 'isBoth' } },
      ],
    },
    paymentSkippedWarningPage: { customText: { title: 'Pay later' } },
  },
  sections: [
    { name: 'couple', title: { en: 'The couple' }, hideTitle: false },
    { name: 'rest', title: 'The rest', hideTitle: true },
  ],
  lists: [
    list('places', 'string', [
      { text: { en: 'By the sea' }, value: 'sea', description: { en: 'It is windy' } },
      { text: 'On a hill', value: 'hill' },
      { text: 'In town', value: 'town', condition: 'isAdult' },
      {
        text: 'Elsewhere',
        value: 'elsewhere',
        conditional: { components: [component('TextField', 'where', 'Where?')] },
      },
    ]),
    list('things', 'string', [
      { text: 'Rings', value: 'rings' },
      { text: 'Rice', value: 'rice' },
      { text: 'A ribbon', value: 'ribbon' },
    ]),
    list('guests', 'number', [
      { text: 'Ten', value: 10 },
      { text: 'Twenty', value: 20 },
    ]),
  ],
  conditions,
  pages: [
    page('/start', 'Marry abroad', [content('Para', 'intro', '<p>It takes a week.</p>')], ['/couple'], {
      controller: './pages/start.js',
    }),
    page(
      '/couple',
      'The couple',
      [
        component('TextField', 'partner', 'Who do you marry?', { hint: { en: 'Their name' } }),
        component('NumberField', 'age', 'How old are you?', {
          options: { suffix: 'years' },
          schema: { min: 16, max: 120, integer: true },
        }),
        component('YesNoField', 'wed', 'Were you married before?'),
        component('RadiosField', 'place', 'Where?', { list: 'places', options: { bold: true } }),
        component('CheckboxesField', 'brings', 'What do you bring?', { list: 'things', options: { required: true } }),
        component('DatePartsField', 'day', 'On which day?'),
        component('DateTimePartsField', 'landing', 'When do you land?'),
        component('TimeField', 'hour', 'At what time?'),
      ],
      ['/for-0'],
      { section: 'couple' },
    ),
    ...detours(
      conditions.map(({ name }) => String(name)),
      { from: '/for', to: '/kinds', section: 'rest' },
    ),
    page(
      '/kinds',
      { en: 'Every kind' },
      [
        component('MultilineTextField', 'vows', 'Your vows', { options: { rows: 5, maxWords: 30 } }),
        component('DateField', 'met', 'When did you meet?', { options: { maxDaysInFuture: 0 } }),
        component('MonthYearField', 'engaged', 'When were you engaged?'),
        component('DateTimeField', 'party', 'When is the party?', { options: { maxDaysInPast: 0 } }),
        component('SelectField', 'guests', 'How many guests?', { list: 'guests', options: { autocomplete: 'off' } }),
        component('AutocompleteField', 'second', 'A second place', { list: 'places', options: { required: false } }),
        component('UkAddressField', 'home', 'Where do you live?'),
        component('TelephoneNumberField', 'phone', 'Phone'),
        component('EmailAddressField', 'email', 'E-mail'),
        component('WebsiteField', 'site', 'Website', {
          options: { required: false, customValidationMessage: 'Enter a site' },
        }),
        component('FlashCard', 'cards', 'Cards', { list: 'things' }),
        component('List', 'listed', 'Bring these', { list: 'things' }),
        content('Details', 'details', 'More'),
        content('InsetText', 'inset', 'Inset'),
        content('Html', 'html', '<p>HTML</p>'),
      ],
      ['/photo'],
      { section: 'rest', backLinkFallback: '/couple' },
    ),
    page(
      '/photo',
      'A photo',
      [component('FileUploadField', 'photo', 'A photo', { options: { multiple: true, imageQualityPlayback: true } })],
      ['/so-far'],
      { controller: 'UploadPageController' },
    ),
    page('/so-far', 'So far', [], ['/witnesses'], { controller: 'MiniSummaryPageController', section: 'rest' }),
    page('/witnesses', 'Witnesses', [component('TextField', 'witness', 'Name of a witness')], ['/how-many'], {
      controller: 'RepeatingFieldPageController',
      options: {
        summaryDisplayMode: { samePage: true, separatePage: false, hideRowTitles: false },
        customText: { samePageTitle: 'Your witnesses', samePageTableItemName: 'witness' },
      },
    }),
    page(
      '/how-many',
      'How many rings?',
      [component('NumberField', 'rings', 'Rings', { schema: { max: 3, min: 1 } })],
      ['/ring'],
    ),
    page('/ring', 'A ring', [component('TextField', 'metal', 'Of what metal?')], ['/born'], { repeatField: 'rings' }),
    page('/born', 'Your birth', [component('DatePartsField', 'dob', 'Date of birth')], ['/leaving'], {
      controller: 'DobPageController',
    }),
    {
      ...page('/leaving', 'Leaving', [component('YesNoField', 'leaves', 'Do you leave?')], ['/summary']),
      next: [{ redirect: 'https://www.example.com/elsewhere', condition: 'isByBareName' }, { path: '/summary' }],
    },
    page('/summary', 'Summary', [], [], { controller: './pages/summary.js' }),
  ],
};

export const xgovWithFees = {
  name: 'Pay to marry',
  startPage: '/guests',
  version: 2,
  outputs: [],
  sections: [],
  lists: [],
  fees: [
    { description: 'For the hall', amount: 5000 },
    { description: 'For each guest', amount: 250, multiplier: 'guests', condition: 'hasGuests', prefix: 'G' },
  ],
  payApiKey: '',
  paymentReferenceFormat: 'MARRY-{{DATE}}',
  conditions: [written('hasGuests', 'guests > 0')],
  pages: [
    page('/guests', 'Guests', [component('NumberField', 'guests', 'How many?')], [['/names', 'hasGuests'], '/summary']),
    page('/names', 'Names', [component('TextField', 'names', 'Their names')], ['/summary']),
    page('/summary', 'Summary', [], [], { controller: './pages/summary.ts' }),
  ],
};
