import { compare, component, condition, content, detours, list, page, refer } from './graph-parts.fixture.ts';
import type { Parts } from './graph-parts.fixture.ts';

/**
 * A form in DEFRA's V1 dialect that uses whatever its schema knows (npm `@defra/forms-model`, `formDefinitionSchema`): made up for
 * tests, a licence to keep bees.
 */

const relative = (period: string, unit: string, direction: string): Parts => ({
  type: 'RelativeDate',
  period,
  unit,
  direction,
});

const conditions = [
  condition('isNamed', compare('keeper', 'is', 'Bea')),
  condition('isNotNamed', compare('keeper', 'is not', 'Bob')),
  condition('isLong', compare('keeper', 'is longer than', '10')),
  condition('isShort', compare('keeper', 'is shorter than', '4')),
  condition('isOfSix', compare('keeper', 'has length', '6')),
  condition('keepsBees', compare('keepsBees', 'is', 'true')),
  condition('keepsNone', compare('keepsBees', 'is not', 'true')),
  condition('threeHives', compare('hives', 'is', '3')),
  condition('notFour', compare('hives', 'is not', '4')),
  condition('many', compare('hives', 'is at least', '20')),
  condition('few', compare('hives', 'is at most', '2')),
  condition('one', compare('hives', 'is less than', '2')),
  condition('plenty', compare('hives', 'is more than', '50')),
  condition('thatDay', compare('began', 'is', '2001-02-03')),
  condition('otherDay', compare('began', 'is not', '2001-02-04')),
  condition('before', compare('began', 'is before', '1990-01-01')),
  condition('after', compare('began', 'is after', '2024-12-31')),
  condition('grown', compare('began', 'is at least', relative('18', 'years', 'in the past'))),
  condition('new', compare('began', 'is at most', relative('6', 'months', 'in the past'))),
  condition('fresh', compare('began', 'is less than', relative('10', 'days', 'in the past'))),
  condition('planned', compare('began', 'is more than', relative('10', 'days', 'in the future'))),
  condition('clover', compare('flowers', 'contains', 'clover')),
  condition('noHeather', compare('flowers', 'does not contain', 'heather')),
  condition('wild', compare('kind', 'is', 'wild')),
  condition('notTame', compare('kind', 'is not', 'tame')),
  condition(
    'joined',
    compare('kind', 'is', 'wild'),
    compare('hives', 'is', '3', 'or'),
    compare('keepsBees', 'is', 'true', 'and'),
  ),
  condition('referring', refer('wild'), refer('clover', 'and')),
  condition(
    'grouped',
    { conditions: [compare('kind', 'is', 'tame'), compare('hives', 'is', '7', 'or')] },
    refer('clover', 'and'),
  ),
];

const about = 'about';

export const defraV1 = {
  engine: 'V1',
  schema: 1,
  name: 'Keep bees',
  startPage: '/start',
  feedback: { url: 'https://www.example.com/feedback' },
  phaseBanner: { phase: 'alpha' },
  declaration: '<p>I look after my bees.</p>',
  metadata: { owner: 'bees' },
  outputEmail: 'bees@example.gov.uk',
  sections: [
    { name: about, title: 'About your bees', hideTitle: false },
    { name: 'more', title: 'More', hideTitle: true },
  ],
  lists: [
    list('kinds', 'string', [
      { text: 'Wild', value: 'wild', description: 'They come and go' },
      { text: 'Tame', value: 'tame', hint: { text: 'They stay' } },
      {
        text: 'Another kind',
        value: 'another',
        conditional: { components: [component('TextField', 'whichKind', 'Which kind?')] },
      },
    ]),
    list('flowers', 'string', [
      { text: 'Clover', value: 'clover' },
      { text: 'Heather', value: 'heather' },
      { text: 'Lime', value: 'lime', condition: 'keepsBees' },
    ]),
    list('weights', 'number', [
      { text: 'A pound', value: 1 },
      { text: 'Two pounds', value: 2 },
    ]),
  ],
  conditions,
  pages: [
    page('/start', 'Keep bees', [content('Html', 'intro', '<p>You need a <a href="/help">hive</a>.</p>')], ['/bees'], {
      controller: './pages/start.js',
    }),
    page(
      '/bees',
      'Your bees',
      [
        component('TextField', 'keeper', 'Who keeps them?', {
          hint: 'One name',
          options: { required: true, autocomplete: 'name', customValidationMessage: 'Enter who keeps them' },
          schema: { max: 40 },
        }),
        component('YesNoField', 'keepsBees', 'Do you keep bees already?'),
        component('NumberField', 'hives', 'How many hives?', { schema: { min: 0, max: 99, precision: 0 } }),
        component('DatePartsField', 'began', 'When did you begin?', { options: { required: true } }),
        component('CheckboxesField', 'flowers', 'Which flowers?', { list: 'flowers' }),
        component('RadiosField', 'kind', 'What kind of bees?', { list: 'kinds' }),
      ],
      [['/sorry', 'one'], '/for-0'],
      { section: about },
    ),
    page('/sorry', 'You need more hives', [content('Markdown', 'sorry', 'Come *back* later.')], [], {
      controller: 'TerminalPageController',
    }),
    ...detours(
      conditions.map(({ name }) => String(name)).filter((name) => name !== 'one'),
      { from: '/for', to: '/texts', section: 'more' },
    ),
    page(
      '/texts',
      'Some texts',
      [
        content('InsetText', 'inset', 'Set in', {}),
        content('Details', 'details', '<p>More of it</p>', { condition: 'keepsBees' }),
        component('List', 'listed', 'Flowers', { list: 'flowers', hint: 'All', options: { type: 'bulleted' } }),
        component('MultilineTextField', 'story', 'How did it go?', {
          options: { required: false, optionalText: false, rows: 3, maxWords: 20 },
          schema: { max: 200 },
        }),
        component('TextField', 'mark', 'What is your mark?', { schema: { regex: '^B\\d{4}$' } }),
        component('SelectField', 'weight', 'What does a jar weigh?', { list: 'weights' }),
        component('AutocompleteField', 'best', 'Which flower is best?', { list: 'flowers' }),
      ],
      ['/contact'],
    ),
    page(
      '/contact',
      'Contact',
      [
        component('EmailAddressField', 'email', 'E-mail address'),
        component('TelephoneNumberField', 'phone', 'Phone number', { options: { required: false } }),
        component('UkAddressField', 'address', 'Where are the hives?', { options: { hideTitle: true } }),
        component('MonthYearField', 'since', 'Since which month?'),
        component('DatePartsField', 'visit', 'When may we visit?', {
          options: { maxDaysInPast: 0, maxDaysInFuture: 30 },
        }),
      ],
      ['/hives'],
      { controller: 'PageController' },
    ),
    page('/hives', 'Your hives', [component('TextField', 'hiveName', 'What is the hive called?')], ['/papers'], {
      controller: 'RepeatPageController',
      repeat: { options: { name: 'hiveList', title: 'Hive' }, schema: { min: 1, max: 3 } },
    }),
    page(
      '/papers',
      'Papers',
      [
        component('FileUploadField', 'papers', 'Send a picture', {
          options: { required: false, accept: 'image/jpeg,.png' },
          schema: { length: 1 },
        }),
      ],
      ['/declare'],
      { controller: 'FileUploadPageController' },
    ),
    page(
      '/declare',
      'Declaration',
      [component('DeclarationField', 'declared', 'Declaration', { content: 'I am a beekeeper.' })],
      ['/summary'],
    ),
    page('/summary', 'Check your answers', [], [], { controller: 'SummaryPageController' }),
  ],
};
