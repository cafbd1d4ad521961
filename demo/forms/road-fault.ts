import { writeDefinition } from './definition.ts';

/** Something to report: a fault that a department's people put right. */
export const roadFault = writeDefinition({
  name: 'Report a fault on a road',
  pages: [
    {
      path: '/fault',
      components: [
        {
          type: 'RadiosField',
          name: 'fault',
          title: 'What is wrong?',
          shortDescription: 'The fault',
          choices: {
            hole: 'A hole in the road or pavement',
            light: 'A street light that does not work',
            water: 'Water that does not drain away',
            sign: 'A sign that is missing or damaged',
            other: 'Something else',
          },
        },
      ],
    },
    {
      path: '/size-of-hole',
      condition: 'It is a hole',
      components: [
        {
          type: 'NumberField',
          name: 'depth',
          title: 'About how deep is the hole, in centimetres?',
          shortDescription: 'Depth in centimetres',
          hint: 'A hand is about 10 centimetres across',
          schema: { min: 1, max: 300 },
        },
      ],
    },
    {
      path: '/what-you-saw',
      condition: 'It is something else',
      components: [{ type: 'TextField', name: 'whatYouSaw', title: 'What did you see?', schema: { max: 200 } }],
    },
    {
      path: '/place',
      components: [
        {
          type: 'MultilineTextField',
          name: 'place',
          title: 'Where is it?',
          shortDescription: 'Place',
          hint: 'The name of the road, and something nearby by which we will find it',
          schema: { max: 500 },
        },
      ],
    },
    {
      path: '/danger',
      components: [
        {
          type: 'YesNoField',
          name: 'danger',
          title: 'Could somebody be hurt?',
          shortDescription: 'Could somebody be hurt',
        },
      ],
    },
    {
      path: '/noticed',
      components: [
        {
          type: 'DatePartsField',
          name: 'noticed',
          title: 'When did you first notice it?',
          shortDescription: 'First noticed',
          options: { maxDaysInFuture: 0 },
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
          hint: 'Leave it empty if you do not want to be told what we did',
          options: { required: false },
        },
      ],
    },
  ],
  conditions: {
    'It is a hole': { component: 'fault', value: 'hole' },
    'It is something else': { component: 'fault', value: 'other' },
  },
  declaration: 'We use what you tell us to put the fault right, and for nothing else.',
});
