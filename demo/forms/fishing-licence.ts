import { writeDefinition } from './definition.ts';

/** Something to apply for: a licence that a caseworker grants. */
export const fishingLicence = writeDefinition({
  name: 'Apply for a fishing licence',
  pages: [
    {
      path: '/kind-of-fish',
      components: [
        {
          type: 'RadiosField',
          name: 'kindOfFish',
          title: 'What do you want to fish for?',
          shortDescription: 'Kind of fish',
          choices: { 'trout-and-coarse': 'Trout and coarse fish', salmon: 'Salmon and sea trout' },
        },
      ],
    },
    {
      path: '/length-of-licence',
      components: [
        {
          type: 'RadiosField',
          name: 'lengthOfLicence',
          title: 'How long should the licence last?',
          shortDescription: 'Length of licence',
          choices: { day: '1 day', week: '8 days', year: '12 months' },
        },
      ],
    },
    {
      path: '/first-day',
      components: [
        {
          type: 'DatePartsField',
          name: 'firstDay',
          title: 'On which day should the licence begin?',
          shortDescription: 'First day',
          hint: 'For example, 27 3 2027',
          options: { maxDaysInPast: 0, maxDaysInFuture: 366 },
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
      path: '/date-of-birth',
      components: [
        {
          type: 'DatePartsField',
          name: 'dateOfBirth',
          title: 'What is your date of birth?',
          shortDescription: 'Date of birth',
          hint: 'For example, 31 3 1980',
          options: { maxDaysInFuture: 0 },
        },
      ],
    },
    {
      path: '/blue-badge',
      components: [
        {
          type: 'YesNoField',
          name: 'hasBadge',
          title: 'Do you have a disabled person’s parking badge?',
          shortDescription: 'Parking badge',
          hint: 'The licence costs less if you do',
        },
      ],
    },
    {
      path: '/badge-number',
      condition: 'Has a badge',
      components: [
        {
          type: 'TextField',
          name: 'badgeNumber',
          title: 'What is the number of your badge?',
          shortDescription: 'Badge number',
          hint: 'Six characters, such as 4KPQ7R',
          schema: { regex: '^[A-Za-z0-9]{6}$' },
        },
      ],
    },
    {
      path: '/address',
      components: [
        { type: 'UkAddressField', name: 'address', title: 'What is your address?', shortDescription: 'Your address' },
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
          hint: 'We use it only to tell you what happens with your application',
          options: { required: false },
        },
      ],
    },
    {
      path: '/phone-number',
      components: [
        {
          type: 'TelephoneNumberField',
          name: 'phone',
          title: 'What is your phone number?',
          shortDescription: 'Phone number',
          options: { required: false },
        },
      ],
    },
  ],
  conditions: { 'Has a badge': { component: 'hasBadge', value: true } },
  declaration:
    'By sending this application you confirm that, to the best of your knowledge, what you have told us is true.',
});
