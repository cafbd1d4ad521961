import { compare, component, condition, content, detours, list, page } from './graph-parts.fixture.ts';

/**
 * A form in the dialect of the communities department's and UKHSA's forks that uses what they have beside XGov's: made up for tests, a
 * grant for a village hall.
 */

const conditions = [
  condition('isJoint', compare('joint', 'is', 'true')),
  condition('isBig', compare('cost', 'is at least', '1000')),
  condition('needsRoof', compare('works', 'contains', 'roof'), compare('cost', 'is more than', '50', 'or')),
  condition('isSweet', compare('sweet', 'is', 'true')),
];

export const communities = {
  name: 'A grant for a village hall',
  version: 2,
  startPage: '/before-you-start',
  backLinkText: 'Go back to application overview',
  markAsComplete: true,
  fullStartPage: 'https://www.example.com/start',
  skipSummary: false,
  phaseBanner: { phase: 'alpha' },
  feedback: { feedbackForm: false, url: '' },
  fees: [],
  feeOptions: { allowSubmissionWithoutPayment: true, maxAttempts: 3, showPaymentSkippedWarningPage: false },
  authentication: true,
  analytics: { gtmId1: '' },
  serviceName: 'Grants',
  confirmationSessionTimeout: 2000,
  jwtKey: '0',
  magicLinkConfig: 'none',
  returnTo: true,
  outputs: [{ name: 'save', title: 'Save', type: 'savePerPage', outputConfiguration: { savePerPageUrl: true } }],
  metadata: { fund: 'halls' },
  specialPages: {
    confirmationPage: { customText: { hidePanel: true, nextSteps: 'We write to {{ hall.email }}.' }, components: [] },
  },
  sections: [
    { name: 'hall', title: 'The hall', hideTitle: true },
    { name: 'team', title: 'The team', hideTitle: false },
  ],
  lists: [
    list('works', 'string', [
      { text: 'Roof', value: 'roof', description: 'Tiles and gutters' },
      { text: 'Floor', value: 'floor', checkpointDisplayValue: 'boards' },
      { text: 'None of these', value: 'none' },
    ]),
    list('yesOrNo', 'boolean', [
      { text: 'It is', value: true },
      { text: 'It is not', value: false },
    ]),
    list('regions', 'string', [
      { text: 'North', value: 'north' },
      { text: 'South', value: 'south' },
    ]),
  ],
  conditions,
  pages: [
    page(
      '/before-you-start',
      'Before you start',
      [content('Para', 'intro', '<p>Have your accounts ready.</p>')],
      ['/hall'],
      {
        controller: 'start.js',
        section: 'hall',
      },
    ),
    page(
      '/hall',
      'The hall',
      [
        component('YesNoField', 'joint', 'Do you apply with others?', {
          options: { exposeToContext: true, disableChangingFromSummary: true, hideTitle: true },
          values: { type: 'listRef' },
        }),
        component('NumberField', 'cost', 'What does it cost?', {
          options: { prefix: '£', classes: 'govuk-input--width-10' },
          schema: { min: 0, precision: 2 },
        }),
        component('CheckboxesField', 'works', 'Which works?', {
          list: 'works',
          options: {
            divider: true,
            finalValue: 'none',
            summaryTitle: 'Works',
            customValidationMessages: { 'any.required': 'Choose the works' },
          },
        }),
        component('RadiosField', 'sweet', 'Is it a listed building?', {
          list: 'yesOrNo',
          values: { type: 'listRef', list: 'yesOrNo' },
          options: { conditionallyRevealedComponents: { true: component('TextField', 'entry', 'Its list entry') } },
        }),
        component('RadiosField', 'own', 'Do you own it?', {
          values: {
            type: 'static',
            items: [
              { label: 'We own it', value: 'own', children: [] },
              { label: 'We rent it', value: 'rent', children: [component('TextField', 'landlord', 'Who from?')] },
            ],
          },
        }),
        component('EmailAddressField', 'email', 'E-mail address', { errorLabel: 'your e-mail address' }),
      ],
      ['/for-0'],
      { section: 'hall', disableSingleComponentAsHeading: true, unauthenticated: true },
    ),
    ...detours(
      conditions.map(({ name }) => String(name)),
      { from: '/for', to: '/story', section: 'hall' },
    ),
    page(
      '/story',
      'Your story',
      [
        component('FreeTextField', 'story', 'Tell us about it', { options: { maxWords: '60', hideTitle: true } }),
        component('MultilineTextField', 'short', 'In short', { options: { maxWords: '20', required: false } }),
        component('WebsiteField', 'site', 'Website', { options: { required: false, prefix: 'https://' } }),
        component('DatePartsField', 'opens', 'When does it open?', { options: { maxDaysInPast: '0' } }),
        component('MonthYearField', 'since', 'Since when?'),
        content('Details', 'details', 'More'),
        component('TextFieldCustom', 'charity', 'Charity number', {
          options: { customValidationMessage: 'Enter a number', conditionalTextField: { dependsOn: 'joint' } },
          schema: { regex: '^\\d{6}$' },
        }),
        content('ContentWithState', 'state', '<p>You wrote: {{ short }}</p>', { stateVariable: 'short' }),
        component('HiddenField', 'source', 'Source'),
        component('ContextComponent', 'context', 'Context', { section: 'hall' }),
      ],
      ['/team'],
      { section: 'hall', sidebarContent: { title: 'Help', content: '<p>Ask us</p>' } },
    ),
    page(
      '/team',
      'The team',
      [
        content('Html', 'about', '<p>Add everybody.</p>'),
        component('MultiInputField', 'team', 'The team', {
          hint: 'All of them',
          options: { columnTitles: ['Name', 'Days', 'Action'], required: true, maxMultiInputFieldRows: 3 },
          children: [
            component('TextField', 'who', 'Name'),
            component('NumberField', 'days', 'Days', { options: { prefix: '' } }),
            component('MonthYearField', 'from', 'From', { options: { required: false } }),
            component('YesNoField', 'paid', 'Are they paid?'),
          ],
        }),
      ],
      ['/costs'],
      {
        controller: 'RepeatingFieldPageController',
        section: 'team',
        options: {
          summaryDisplayMode: { samePage: true, separatePage: false, hideRowTitles: false },
          customText: { samePageTitle: 'Your team', samePageTableItemName: 'team member' },
        },
      },
    ),
    page(
      '/costs',
      'Costs',
      [
        component('TextField', 'costNote', 'A note on costs', { options: { required: false } }),
        component('MultiInputField', 'costs', 'The costs', {
          pageOptions: { customText: { samePageTitle: 'Costs' } },
          options: { columnTitles: ['Item', 'Cost'], required: false },
          children: [component('TextField', 'costItem', 'Item'), component('NumberField', 'costOf', 'Cost')],
        }),
      ],
      ['/plan'],
      { section: 'team', controller: 'RepeatingFieldPageController' },
    ),
    page(
      '/plan',
      'The plan',
      [
        component('ClientSideFileUploadField', 'plan', 'Upload the plan', {
          options: {
            hideTitle: true,
            dropzoneConfig: {
              maxFiles: 2,
              parallelUploads: 1,
              maxFilesize: 10,
              acceptedFiles: 'image/jpeg,image/png,application/pdf,text/plain',
            },
            showNoScriptWarning: true,
            totalOverallFilesize: 50,
            minimumRequiredFiles: 1,
          },
        }),
      ],
      ['/onset'],
      { section: 'team' },
    ),
    page(
      '/onset',
      'When it leaked',
      [
        component('DatePartsField', 'firstLeak', 'When did it first leak?', {
          errorLabel: 'The first leak',
          options: { customValidationMessages: { dayMonthYear: 'Enter the date of the first leak' } },
        }),
        component('DatePartsField', 'lastLeak', 'When did it last leak?', {
          options: {
            maxDaysInFuture: 0,
            customValidationMessages: { 'date.min': 'The last leak must be the same as or after the first' },
          },
        }),
      ],
      ['/contact'],
      {
        controller: 'DateComparisonPageController',
        options: { firstDateComponent: 'firstLeak', secondDateComponent: 'lastLeak' },
        sectionForEndSummaryPages: 'Leaks',
      },
    ),
    page(
      '/contact',
      'Contact',
      [
        component('ContactDetailsCollection', 'contact', 'How can we reach you?'),
        {
          ...component('Fieldset', 'other', 'Another person'),
          components: [
            component('TextField', 'otherName', 'Name', { options: { required: false } }),
            component('TelephoneNumberField', 'otherPhone', 'Phone', {
              options: { required: false, isInternational: true },
            }),
          ],
          options: { validation: [{ minRequired: 1, fields: ['otherName', 'otherPhone'], errorMessage: 'Enter one' }] },
        },
      ],
      ['/find'],
    ),
    page('/find', 'Find the address', [component('TextField', 'postcodeLookup', 'Postcode')], ['/select'], {
      controller: 'FindAnAddressPageController',
    }),
    page(
      '/select',
      'Select the address',
      [component('RadiosField', 'found', 'Address', { list: 'regions' })],
      ['/address'],
      {
        controller: 'SelectAnAddressPageController',
      },
    ),
    page('/address', 'The address', [component('UkAddressField', 'address', 'Address')], ['/visits'], {
      controller: 'ManualAddressPageController',
    }),
    page(
      '/visits',
      'Visits',
      [component('TextField', 'visitor', 'Who came?'), component('DatePartsField', 'visited', 'When?')],
      ['/so-far'],
      {
        controller: 'RepeatedMultiFieldPageController',
        options: { sectionKey: 'visits', customText: { cardTitle: 'Visit {index}' } },
      },
    ),
    page('/so-far', 'So far', [], ['/region'], {
      controller: 'RepeatingSectionSummaryPageController',
      section: 'hall',
    }),
    page(
      '/region',
      'Region',
      [component('SelectField', 'region', 'Region', { list: 'regions' })],
      [['/checkpoint', 'isBig'], '/link'],
    ),
    page('/checkpoint', 'Not this one', [content('Para', 'not', '<p>This fund is for smaller works.</p>')], [], {
      controller: 'CheckpointSummaryPageController',
    }),
    page('/link', 'Check your e-mail', [content('Html', 'mail', '<p>We sent a link.</p>')], ['/summary'], {
      controller: 'MagicLinkRedirectController',
    }),
    page('/summary', 'Check your answers', [], [], { controller: 'CustomSummaryPageController' }),
  ],
};
