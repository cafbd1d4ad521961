import { writeDefinition } from './definition.ts';

const damage = { name: 'damage', title: 'Damage', min: 1, max: 5 };
const photos = 'image/jpeg,image/png,application/pdf';

/** Something to claim, in English and Welsh: each damage with its own photographs, and the bills for the repairs. */
export const vehicleDamage = writeDefinition({
  name: 'Claim for damage to your vehicle',
  pages: [
    {
      path: '/when',
      components: [
        {
          type: 'DatePartsField',
          name: 'when',
          title: 'When was your vehicle damaged?',
          shortDescription: 'Day of the damage',
          hint: 'It must be within the last year',
          options: { maxDaysInPast: 366, maxDaysInFuture: 0 },
        },
      ],
    },
    {
      path: '/where',
      components: [
        {
          type: 'MultilineTextField',
          name: 'where',
          title: 'Where did it happen?',
          shortDescription: 'Place',
          hint: 'The road, and the nearest house, junction or milestone',
          schema: { max: 500 },
        },
      ],
    },
    {
      path: '/part',
      title: 'What was damaged',
      repeat: damage,
      components: [
        {
          type: 'RadiosField',
          name: 'part',
          title: 'Which part of the vehicle was damaged?',
          shortDescription: 'Part of the vehicle',
          choices: { tyre: 'A tyre', wheel: 'A wheel', body: 'The bodywork', other: 'Something else' },
        },
        {
          type: 'NumberField',
          name: 'cost',
          title: 'How much will it cost to repair?',
          shortDescription: 'Cost of the repair',
          options: { prefix: '£' },
          schema: { min: 1, max: 20000, precision: 2 },
        },
      ],
    },
    {
      path: '/photos',
      repeat: damage,
      components: [
        {
          type: 'FileUploadField',
          name: 'photos',
          title: 'Upload photographs of this damage',
          shortDescription: 'Photographs',
          options: { accept: photos },
          schema: { min: 1, max: 3 },
        },
      ],
    },
    {
      path: '/bills',
      components: [
        {
          type: 'FileUploadField',
          name: 'bills',
          title: 'Upload your bills or estimates',
          shortDescription: 'Bills or estimates',
          hint: 'If you have none yet, you can send them later',
          options: { accept: photos, required: false },
          schema: { max: 5 },
        },
      ],
    },
    {
      path: '/name',
      components: [
        {
          type: 'TextField',
          name: 'fullName',
          title: 'What is your full name?',
          shortDescription: 'Your full name',
          schema: { max: 100 },
        },
      ],
    },
    {
      path: '/email-address',
      components: [
        {
          type: 'EmailAddressField',
          name: 'email',
          title: 'What is your email address?',
          shortDescription: 'Email address',
          hint: 'We will send your reference and our decision to it',
        },
      ],
    },
  ],
  declaration: 'By sending this claim you confirm that what you told us is true as far as you know.',
  translations: {
    cy: {
      name: 'Hawlio am ddifrod i’ch cerbyd',
      declaration: 'Drwy anfon yr hawliad hwn rydych yn cadarnhau bod yr hyn a ddywedoch wrthym yn wir hyd y gwyddoch.',
      pages: { '/part': { title: 'Beth a ddifrodwyd', item: 'Difrod' } },
      components: {
        when: {
          title: 'Pryd cafodd eich cerbyd ei ddifrodi?',
          shortDescription: 'Diwrnod y difrod',
          hint: 'Rhaid iddo fod o fewn y flwyddyn ddiwethaf',
        },
        where: {
          title: 'Ble digwyddodd hyn?',
          shortDescription: 'Lle',
          hint: 'Y ffordd, a’r tŷ, y gyffordd neu’r garreg filltir agosaf',
        },
        part: {
          title: 'Pa ran o’r cerbyd a gafodd ei difrodi?',
          shortDescription: 'Rhan o’r cerbyd',
          choices: { tyre: 'Teiar', wheel: 'Olwyn', body: 'Corff y cerbyd', other: 'Rhywbeth arall' },
        },
        cost: { title: 'Faint fydd cost y gwaith atgyweirio?', shortDescription: 'Cost y gwaith atgyweirio' },
        photos: { title: 'Lanlwythwch ffotograffau o’r difrod hwn', shortDescription: 'Ffotograffau' },
        bills: {
          title: 'Lanlwythwch eich biliau neu amcangyfrifon',
          shortDescription: 'Biliau neu amcangyfrifon',
          hint: 'Os nad oes gennych rai eto, gallwch eu hanfon yn nes ymlaen',
        },
        fullName: { title: 'Beth yw eich enw llawn?', shortDescription: 'Eich enw llawn' },
        email: {
          title: 'Beth yw eich cyfeiriad e-bost?',
          shortDescription: 'Cyfeiriad e-bost',
          hint: 'Byddwn yn anfon eich cyfeirnod a’n penderfyniad iddo',
        },
      },
    },
  },
});
