import { writeDefinition } from './definition.ts';

/** Something to book: a visit that is confirmed by people of a shared service centre. */
export const archiveVisit = writeDefinition({
  name: 'Book a visit to the national archive',
  pages: [
    {
      path: '/day',
      components: [
        {
          type: 'DatePartsField',
          name: 'day',
          title: 'On which day do you want to come?',
          shortDescription: 'Day of the visit',
          hint: 'Within the next three months',
          options: { maxDaysInPast: 0, maxDaysInFuture: 92 },
        },
      ],
    },
    {
      path: '/time',
      components: [
        {
          type: 'SelectField',
          name: 'time',
          title: 'At what time?',
          shortDescription: 'Time',
          choices: { morning: 'Morning, 9am to 1pm', afternoon: 'Afternoon, 1pm to 5pm', whole: 'The whole day' },
        },
      ],
    },
    {
      path: '/visitors',
      components: [
        {
          type: 'NumberField',
          name: 'visitors',
          title: 'How many people are coming?',
          shortDescription: 'Visitors',
          hint: 'Up to 6. For a larger group, phone us',
          schema: { min: 1, max: 6, precision: 0 },
        },
      ],
    },
    {
      path: '/records',
      components: [
        {
          type: 'MultilineTextField',
          name: 'records',
          title: 'Which records do you want to see?',
          shortDescription: 'Records',
          hint: 'Their numbers if you know them, or what you are looking for',
          schema: { max: 1000 },
        },
      ],
    },
    {
      path: '/needs',
      components: [
        {
          type: 'CheckboxesField',
          name: 'needs',
          title: 'What do you need during your visit?',
          shortDescription: 'Needs',
          choices: {
            wheelchair: 'A desk for a wheelchair',
            magnifier: 'A magnifier',
            quiet: 'A quiet room',
            locker: 'A locker',
          },
          options: { required: false },
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
      path: '/contact',
      title: 'How can we reach you?',
      components: [
        { type: 'EmailAddressField', name: 'email', title: 'Email address' },
        { type: 'TelephoneNumberField', name: 'phone', title: 'Phone number', options: { required: false } },
      ],
    },
  ],
  declaration: 'Please bring something that shows who you are.',
});
