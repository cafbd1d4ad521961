import { writeDefinition } from './definition.ts';

const owner = { name: 'owner', title: 'Owner', min: 1, max: 4 };

/** Something to register, as tasks that are done in any order: what may be asked is settled before them. */
export const boatRegistration = writeDefinition({
  name: 'Register a boat',
  tasks: ['About the boat', 'Who owns it', 'Insurance', 'How to reach you'],
  pages: [
    {
      path: '/kept-here',
      components: [
        {
          type: 'YesNoField',
          name: 'keptHere',
          title: 'Is the boat kept in Aldermere for more than 28 days a year?',
          shortDescription: 'Kept in Aldermere',
        },
      ],
    },
    {
      path: '/no-need-to-register',
      title: 'You do not need to register this boat',
      condition: 'It is kept elsewhere',
      isEnd: true,
      components: [
        {
          type: 'Markdown',
          name: 'noNeed',
          title: 'No need to register',
          content: 'Boats that are here for 28 days a year or fewer are not registered. Carry its papers with you.',
        },
      ],
    },
    {
      path: '/name-of-boat',
      section: 'About the boat',
      components: [
        {
          type: 'TextField',
          name: 'boatName',
          title: 'What is the boat called?',
          shortDescription: 'Name of the boat',
          schema: { max: 60 },
        },
      ],
    },
    {
      path: '/length',
      section: 'About the boat',
      components: [
        {
          type: 'NumberField',
          name: 'length',
          title: 'How long is it, in metres?',
          shortDescription: 'Length in metres',
          schema: { min: 1, max: 60, precision: 1 },
        },
      ],
    },
    {
      path: '/engine',
      section: 'About the boat',
      components: [
        { type: 'YesNoField', name: 'engine', title: 'Does it have an engine?', shortDescription: 'Engine' },
      ],
    },
    {
      path: '/owner',
      title: 'Who owns the boat',
      section: 'Who owns it',
      repeat: owner,
      components: [
        {
          type: 'TextField',
          name: 'ownerName',
          title: 'Full name of the owner',
          shortDescription: 'Name',
          schema: { max: 100 },
        },
        {
          type: 'UkAddressField',
          name: 'ownerAddress',
          title: 'Address of the owner',
          shortDescription: 'Address',
        },
      ],
    },
    {
      path: '/certificate',
      section: 'Insurance',
      condition: 'It has an engine',
      components: [
        {
          type: 'FileUploadField',
          name: 'certificate',
          title: 'Upload the certificate of insurance',
          shortDescription: 'Certificate of insurance',
          options: { accept: 'application/pdf,image/jpeg,image/png' },
          schema: { min: 1, max: 1 },
        },
      ],
    },
    {
      path: '/insurer',
      section: 'Insurance',
      components: [
        {
          type: 'TextField',
          name: 'insurer',
          title: 'Who insures the boat?',
          shortDescription: 'Insurer',
          hint: 'A boat without an engine need not be insured',
          options: { required: false },
          schema: { max: 100 },
        },
      ],
    },
    {
      path: '/email-address',
      section: 'How to reach you',
      components: [
        {
          type: 'EmailAddressField',
          name: 'email',
          title: 'What is your email address?',
          shortDescription: 'Email address',
          hint: 'We will send the number of the registration to it',
        },
      ],
    },
  ],
  conditions: {
    'It is kept elsewhere': { component: 'keptHere', value: false },
    'It has an engine': { component: 'engine', value: true },
  },
  declaration: 'By sending this you confirm that you may register the boat, and that what you told us is true.',
});
