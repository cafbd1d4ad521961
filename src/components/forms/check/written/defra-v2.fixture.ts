/**
 * A form in DEFRA's V2 dialect that uses whatever its schema knows (npm `@defra/forms-model`, `formDefinitionV2Schema`): made up for
 * tests, a permit to land a boat.
 */

/** Ids of this dialect are UUIDs: one for each name. */
export function idOf(name: string): string {
  const hex = Buffer.from(name).toString('hex').padStart(24, '0').slice(-24);
  return `00000000-0000-4000-8${hex.slice(0, 3)}-${hex.slice(12)}`;
}

type Parts = Readonly<Record<string, unknown>>;

const component = (type: string, name: string, title: string, parts: Parts = {}): Parts => ({
  id: idOf(name),
  type,
  name,
  title,
  shortDescription: title.replace('?', ''),
  hint: '',
  options: { required: true },
  schema: {},
  ...parts,
});

const content = (type: string, name: string, text: string, options: Parts = {}): Parts => ({
  id: idOf(name),
  type,
  name,
  title: 'For your information',
  content: text,
  options,
  schema: {},
});

const page = (path: string, components: readonly Parts[], parts: Parts = {}): Parts => ({
  id: idOf(path),
  path,
  title: '',
  components,
  next: [],
  ...parts,
});

const item = (text: string, value: string | number | boolean, parts: Parts = {}): Parts => ({
  id: idOf(`item ${text}`),
  text,
  value,
  ...parts,
});

const choices = (list: string, ...texts: string[]): Parts => ({
  listId: idOf(list),
  itemId: texts.map((text) => idOf(`item ${text}`)),
});

/** What each comparison is of, in the order of the questions: question, operator, type of value, value. */
const comparisons: readonly (readonly [string, string, string, unknown])[] = [
  ['boatName', 'is', 'StringValue', 'Kittiwake'],
  ['boatName', 'is not', 'StringValue', 'Puffin'],
  ['boatName', 'is longer than', 'NumberValue', 10],
  ['boatName', 'is shorter than', 'NumberValue', 4],
  ['boatName', 'has length', 'NumberValue', 6],
  ['hasEngine', 'is', 'BooleanValue', true],
  ['hasEngine', 'is not', 'BooleanValue', true],
  ['crew', 'is', 'NumberValue', 3],
  ['crew', 'is not', 'NumberValue', 4],
  ['crew', 'is at least', 'NumberValue', 5],
  ['crew', 'is at most', 'NumberValue', 2],
  ['crew', 'is less than', 'NumberValue', 2],
  ['crew', 'is more than', 'NumberValue', 9],
  ['built', 'is', 'DateValue', '2001-02-03'],
  ['built', 'is not', 'DateValue', '2002-03-04'],
  ['built', 'is before', 'DateValue', '1990-01-01'],
  ['built', 'is after', 'DateValue', '2020-12-31'],
  ['built', 'is at least', 'RelativeDate', { period: 18, unit: 'years', direction: 'in the past' }],
  ['built', 'is at most', 'RelativeDate', { period: 6, unit: 'months', direction: 'in the past' }],
  ['built', 'is less than', 'RelativeDate', { period: 10, unit: 'days', direction: 'in the past' }],
  ['built', 'is more than', 'RelativeDate', { period: 10, unit: 'days', direction: 'in the future' }],
  ['hull', 'is', 'ListItemRef', choices('hulls', 'Wood')],
  ['hull', 'is not', 'ListItemRef', choices('hulls', 'Steel')],
  ['catches', 'contains', 'ListItemRef', choices('fish', 'Cod')],
  ['catches', 'does not contain', 'ListItemRef', choices('fish', 'Hake')],
  ['catches', 'contains', 'ListItemRef', { ...choices('fish', 'Cod', 'Hake'), itemsCoordinator: 'and' }],
  ['catches', 'contains', 'ListItemRef', { ...choices('fish', 'Ling', 'Hake'), itemsCoordinator: 'or' }],
  ['harbour', 'is', 'ListItemRef', choices('harbours', 'Whitby')],
  ['berth', 'is', 'ListItemRef', choices('berths', 'Second')],
];

const conditionId = (index: number): string => idOf(`condition ${index}`);

const comparison = ([name, operator, type, value]: readonly [string, string, string, unknown], id: string): Parts => ({
  id: idOf(id),
  componentId: idOf(name),
  operator,
  type,
  value,
});

const single = comparisons.map((each, index) => ({
  id: conditionId(index),
  displayName: `${each[0]} ${each[1]} ${JSON.stringify(each[3])}`,
  items: [comparison(each, `comparison ${index}`)],
}));

const joined = [
  {
    id: idOf('both'),
    displayName: 'An engine and a large crew',
    coordinator: 'and',
    items: [
      comparison(['hasEngine', 'is', 'BooleanValue', true], 'both 1'),
      comparison(['crew', 'is more than', 'NumberValue', 6], 'both 2'),
    ],
  },
  {
    id: idOf('either'),
    displayName: 'Both, or cod',
    coordinator: 'or',
    items: [
      { id: idOf('either 1'), conditionId: idOf('both') },
      comparison(['catches', 'contains', 'ListItemRef', choices('fish', 'Cod')], 'either 2'),
    ],
  },
];

const asked = (name: string, title: string, parts: Parts = {}): Parts => component('TextField', name, title, parts);

/** The letters of a number, since names in this dialect are of letters. */
const letters = (index: number): string =>
  String.fromCharCode(97 + Math.floor(index / 26)) + String.fromCharCode(97 + (index % 26));

export const defraV2 = {
  engine: 'V2',
  schema: 2,
  name: 'Land a boat',
  startPage: '/start',
  feedback: { emailAddress: 'feedback@example.com' },
  phaseBanner: { phase: 'beta' },
  declaration: '<p>What I have said is true.</p>',
  metadata: { languages: ['en'], expiryDays: 30 },
  options: { showReferenceNumber: true, disableUserFeedback: false },
  outputEmail: 'harbour@example.gov.uk',
  output: { audience: 'human', version: '1' },
  outputs: [{ audience: 'machine', version: '2', emailAddress: 'machine@example.gov.uk' }],
  sections: [
    { id: idOf('boat'), name: 'boat', title: 'Your boat', hideTitle: false },
    { id: idOf('rest'), name: 'rest', title: 'The rest', hideTitle: true },
  ],
  lists: [
    {
      id: idOf('hulls'),
      name: 'hulls',
      title: 'Hulls',
      type: 'string',
      items: [item('Wood', 'wood', { hint: { text: 'Planks' } }), item('Steel', 'steel'), item('Other', 'other')],
    },
    {
      id: idOf('fish'),
      name: 'fish',
      title: 'Fish',
      type: 'string',
      items: [
        item('Cod', 'cod', { description: 'Gadus morhua' }),
        item('Hake', 'hake'),
        item('Ling', 'ling', { condition: conditionId(5) }),
      ],
    },
    {
      id: idOf('harbours'),
      name: 'harbours',
      title: 'Harbours',
      type: 'string',
      items: [item('Whitby', 'whitby'), item('Amble', 'amble')],
    },
    {
      id: idOf('berths'),
      name: 'berths',
      title: 'Berths',
      type: 'number',
      items: [item('First', 1), item('Second', 2), item('Third', 3)],
    },
  ],
  conditions: [...single, ...joined],
  pages: [
    page('/start', [content('Markdown', 'intro', '# Before you start\n\nHave your **papers** ready.')], {
      title: 'Land a boat',
      controller: 'StartPageController',
    }),
    page(
      '/boat',
      [
        asked('boatName', 'What is your boat called?', {
          hint: 'As painted on it',
          errorDescription: 'the name of your boat',
          options: {
            required: true,
            autocomplete: 'off',
            classes: 'govuk-input--width-20',
            instructionText: 'Look at the **stern**.',
            customValidationMessages: { 'any.required': 'Enter the name of your boat' },
          },
          schema: { min: 2, max: 40 },
        }),
        component('YesNoField', 'hasEngine', 'Has it an engine?'),
        component('NumberField', 'crew', 'How many crew?', {
          options: { prefix: 'about', suffix: 'people' },
          schema: { min: 0, max: 40, precision: 0 },
        }),
        component('DatePartsField', 'built', 'When was it built?'),
        component('RadiosField', 'hull', 'What is its hull made of?', {
          list: idOf('hulls'),
          options: { required: true, bold: true },
        }),
        component('SelectField', 'berth', 'Which berth?', { list: idOf('berths') }),
      ],
      { title: 'About the boat', section: idOf('boat') },
    ),
    page(
      '/catch',
      [
        component('CheckboxesField', 'catches', 'What do you catch?', {
          list: idOf('fish'),
          schema: { min: 1, max: 3 },
        }),
        component('AutocompleteField', 'harbour', 'Which harbour?', { list: idOf('harbours') }),
      ],
      { title: 'What you catch', section: idOf('boat'), controller: 'PageController' },
    ),
    ...comparisons.map(([name], index) =>
      page(`/only-if-${letters(index)}`, [asked(`why${letters(index)}`, `Tell us more about ${name}`)], {
        condition: conditionId(index),
        section: idOf('rest'),
      }),
    ),
    page('/both', [asked('both', 'Who steers?')], { condition: idOf('both') }),
    page('/either', [asked('either', 'Who counts?')], { condition: idOf('either') }),
    page(
      '/texts',
      [
        content('Html', 'html', '<p>Some <em>HTML</em>.</p>', { condition: conditionId(5) }),
        content('InsetText', 'inset', 'Set in'),
        content('Details', 'details', 'More of it'),
        content('NotificationBanner', 'banner', 'It is **done**', { type: 'success', heading: 'Good news' }),
        {
          id: idOf('listed'),
          type: 'List',
          name: 'listed',
          title: 'Harbours',
          list: idOf('harbours'),
          hint: 'All of them',
          options: { type: 'numbered', hideTitle: true, bold: true, classes: 'govuk-list' },
          schema: {},
        },
        component('MultilineTextField', 'story', 'What happened?', {
          options: { required: false, optionalText: true, rows: 4, maxWords: 50, autocomplete: 'off' },
          schema: { max: 400 },
        }),
        component('TextField', 'plate', 'What is its number?', {
          options: { customValidationMessage: 'Enter a number like AB123' },
          schema: { regex: '^[A-Z]{2}\\d{3}$', length: 5 },
        }),
        component('MultilineTextField', 'code', 'What is its code?', { schema: { regex: '^[a-z]+$', length: 8 } }),
        component('HiddenField', 'campaign', 'Campaign', { options: { required: false } }),
      ],
      { title: 'Some texts' },
    ),
    page(
      '/contact',
      [
        component('EmailAddressField', 'email', 'Your e-mail address'),
        component('TelephoneNumberField', 'phone', 'Your phone number', { options: { format: 'uk' } }),
        component('TelephoneNumberField', 'abroad', 'Your number abroad', { options: { format: 'international' } }),
        component('UkAddressField', 'address', 'Your address', {
          options: { required: true, hideTitle: true, usePostcodeLookup: true },
        }),
        component('MonthYearField', 'since', 'Since when?', {
          options: { earliestMonthYear: '2000-01', latestMonthYear: '2026-01' },
        }),
        component('DatePartsField', 'sails', 'When does it sail?', {
          options: { maxDaysInPast: 0, maxDaysInFuture: 60 },
        }),
        component('DatePartsField', 'landed', 'When did it land?', {
          options: { earliestDate: '2020-01-01', latestDate: '2026-01-01' },
        }),
        component('NumberField', 'weight', 'What does it weigh?', {
          options: { suffix: 'tonnes' },
          schema: { min: 0.5, max: 900, precision: 2, minPrecision: 1, minLength: 1, maxLength: 6 },
        }),
      ],
      { title: 'Contact' },
    ),
    page(
      '/place',
      [
        component('EastingNorthingField', 'east', 'Easting and northing', {
          options: { instructionText: 'Read them off a map.', mapLayers: { sssi: true } },
          schema: { easting: { min: 1000, max: 600_000 }, northing: { min: 2000, max: 900_000 } },
        }),
        component('OsGridRefField', 'grid', 'OS grid reference'),
        component('NationalGridFieldNumberField', 'field', 'Field number'),
        component('LatLongField', 'latlong', 'Latitude and longitude', {
          schema: { latitude: { min: 49, max: 61 }, longitude: { min: -9, max: 2 } },
        }),
        component('GeospatialField', 'moorings', 'Draw your moorings', {
          options: {
            countries: ['england', 'wales'],
            geometryTypes: ['point', 'line', 'shape'],
            mapLayers: { sssi: true },
          },
          schema: { min: 1, max: 4 },
        }),
      ],
      { title: 'Where it lies' },
    ),
    page('/dogs', [asked('dogName', 'What is the dog called?'), component('NumberField', 'dogAge', 'How old is it?')], {
      title: 'Dogs on board',
      controller: 'RepeatPageController',
      repeat: { options: { name: 'dogs', title: 'Dog' }, schema: { min: 1, max: 4 } },
    }),
    page(
      '/papers',
      [
        component('FileUploadField', 'papers', 'Send the papers', {
          options: { required: true, accept: 'application/pdf,image/png' },
          schema: { min: 1, max: 3 },
        }),
      ],
      { title: 'Papers', controller: 'FileUploadPageController' },
    ),
    page('/sorry', [content('Markdown', 'sorry', 'You cannot land here.')], {
      title: 'You cannot land',
      controller: 'TerminalPageController',
      condition: conditionId(12),
    }),
    page('/declaration', [
      component('DeclarationField', 'declared', 'Declaration', {
        content: 'I am the **skipper**.',
        options: { required: true, declarationConfirmationLabel: 'I confirm that I am' },
      }),
    ]),
    page('/summary', [content('Markdown', 'last', 'Check it all.')], {
      title: 'Check your answers',
      controller: 'SummaryPageWithConfirmationEmailController',
    }),
    { id: idOf('/done'), path: '/done', title: 'Done', controller: 'StatusPageController' },
  ],
};

/** The same with a price: it can be tried, and not go live. */
export const defraV2WithPayment = {
  ...defraV2,
  name: 'Land a boat for a price',
  pages: defraV2.pages.toSpliced(-2, 0, {
    ...page('/price', [
      component('PaymentField', 'price', 'Harbour dues', {
        options: {
          amount: 12.5,
          description: 'Dues for one night',
          conditionalAmounts: [{ condition: conditionId(5), amount: 30 }],
          emailField: 'email',
        },
      }),
    ]),
  }),
};
