import { archiveVisit } from './archive-visit.ts';

/**
 * What the archive means to change in its form next, as somebody has left it in the designer: a question about school
 * classes, a page for companions, and a translation that is not finished.
 */
export const archiveVisitDraft = {
  what: 'Added a question for schools, companions and Welsh texts',
  definition: withChanges(JSON.parse(JSON.stringify(archiveVisit))),
};

interface Definition {
  pages: { id: string; path: string; components: { id: string; title: string }[] }[];
  lists: { id: string; items: { id: string }[] }[];
}

function withChanges(definition: Definition) {
  const [day, time, visitors, ...rest] = definition.pages;
  if (!day || !time || !visitors) throw new Error('The live form has pages.');
  const [dayQuestion] = day.components;
  return {
    ...definition,
    pages: [
      day,
      time,
      {
        id: '0c1b8a52-7f0e-4a52-9d55-3d1f0d6a7b01',
        path: '/school',
        title: '',
        next: [],
        section: 'visit',
        components: [
          {
            id: '0c1b8a52-7f0e-4a52-9d55-3d1f0d6a7b02',
            type: 'YesNoField',
            name: 'school',
            title: 'Are you coming with a school class?',
            shortDescription: 'School class',
            options: {},
            schema: {},
          },
        ],
      },
      visitors,
      {
        id: '0c1b8a52-7f0e-4a52-9d55-3d1f0d6a7b03',
        path: '/companions',
        title: 'Who is coming with you?',
        controller: 'RepeatPageController',
        repeat: { options: { name: 'companion', title: 'Companion' }, schema: { min: 1, max: 5 } },
        next: [],
        condition: '0c1b8a52-7f0e-4a52-9d55-3d1f0d6a7b05',
        components: [
          {
            id: '0c1b8a52-7f0e-4a52-9d55-3d1f0d6a7b04',
            type: 'TextField',
            name: 'companionName',
            title: 'Full name',
            options: {},
            schema: { max: 100 },
          },
        ],
      },
      ...rest,
    ],
    sections: [{ id: '0c1b8a52-7f0e-4a52-9d55-3d1f0d6a7b06', name: 'visit', title: 'Your visit' }],
    conditions: [
      {
        id: '0c1b8a52-7f0e-4a52-9d55-3d1f0d6a7b05',
        displayName: 'Comes without a class',
        items: [
          {
            id: '0c1b8a52-7f0e-4a52-9d55-3d1f0d6a7b07',
            componentId: '0c1b8a52-7f0e-4a52-9d55-3d1f0d6a7b02',
            operator: 'is',
            type: 'BooleanValue',
            value: false,
          },
        ],
      },
    ],
    metadata: {
      languages: ['en', 'cy'],
      translations: {
        cy: { [dayQuestion?.id ?? '']: { title: 'Ar ba ddiwrnod ydych chi am ddod?', hint: 'O fewn y tri mis nesaf' } },
      },
    },
  };
}
