import type { Organisation, Role } from '#organisations';
import { archiveVisit } from './forms/archive-visit.ts';
import { archiveVisitDraft } from './forms/archive-visit-draft.ts';
import { boatRegistration } from './forms/boat-registration.ts';
import { fishingLicence } from './forms/fishing-licence.ts';
import { roadFault } from './forms/road-fault.ts';
import { vehicleDamage } from './forms/vehicle-damage.ts';

/** One organisation of the demonstration. Everything in it is made up; addresses end in .example (RFC 2606). */
export interface DemonstrationOrganisation {
  readonly slug: string;
  readonly name: string;
  readonly kind: Organisation['kind'];
  readonly people: readonly DemonstrationPerson[];
  readonly services?: readonly DemonstrationService[];
  /** What the shared service centre may do for it. */
  readonly mandate?: {
    readonly purpose: string;
    readonly roles: readonly Role[];
    readonly days: number;
    readonly grantedBy: string;
  };
}

interface DemonstrationPerson {
  readonly name: string;
  readonly email: string;
  /** A role over the organisation, or a role and the slug of the service that it is over. */
  readonly roles: readonly (Role | readonly [Role, string])[];
}

interface DemonstrationService {
  readonly slug: string;
  readonly name: string;
  readonly summary: string;
  readonly phase: 'alpha' | 'beta' | 'live';
  readonly audience: 'public' | 'internal';
  readonly opensOn: string | null;
  readonly closesOn: string | null;
  readonly contact: string;
  readonly retentionDays: number;
  readonly form?: unknown;
  /** The draft that its form is being changed in. */
  readonly draft?: typeof archiveVisitDraft;
}

const open = { audience: 'public', opensOn: null, closesOn: null } as const;

export const government: DemonstrationOrganisation = {
  slug: 'government-of-aldermere',
  name: 'Government of Aldermere',
  kind: 'government',
  people: [
    { name: 'Oriel Tandy', email: 'oriel.tandy@platform.aldermere.example', roles: ['platform operator'] },
    { name: 'Maud Ferrow', email: 'maud.ferrow@cabinet.aldermere.example', roles: ['digital leader'] },
    {
      name: 'Nadia Roth',
      email: 'nadia.roth@cabinet.aldermere.example',
      roles: ['chief technology officer'],
    },
    { name: 'Iven Sorrel', email: 'iven.sorrel@audit.aldermere.example', roles: ['auditor'] },
  ],
};

export const sharedServiceCentre: DemonstrationOrganisation = {
  slug: 'aldermere-shared-services',
  name: 'Aldermere Shared Services',
  kind: 'shared service centre',
  people: [
    { name: 'Hanne Quill', email: 'hanne.quill@shared.aldermere.example', roles: ['digital leader'] },
    { name: 'Tobin Marsh', email: 'tobin.marsh@shared.aldermere.example', roles: ['caseworker'] },
  ],
};

export const departments: readonly DemonstrationOrganisation[] = [
  {
    slug: 'department-for-rivers-and-fisheries',
    name: 'Department for Rivers and Fisheries',
    kind: 'department',
    services: [
      {
        ...open,
        slug: 'fishing-licence',
        name: 'Apply for a fishing licence',
        summary: 'Get a licence to fish in the rivers and lakes of Aldermere.',
        phase: 'live',
        contact: 'licences@rivers.aldermere.example',
        retentionDays: 730,
        form: fishingLicence,
      },
      {
        ...open,
        slug: 'boat-registration',
        name: 'Register a boat',
        summary: 'Register a boat that is kept on the rivers and lakes of Aldermere.',
        phase: 'beta',
        contact: 'boats@rivers.aldermere.example',
        retentionDays: 730,
        form: boatRegistration,
      },
    ],
    people: [
      {
        name: 'Petra Lindqvist',
        email: 'petra.lindqvist@rivers.aldermere.example',
        roles: ['digital leader', 'service manager'],
      },
      {
        name: 'Samir Okafor',
        email: 'samir.okafor@rivers.aldermere.example',
        roles: [['service manager', 'fishing-licence']],
      },
      {
        name: 'Edith Brandt',
        email: 'edith.brandt@rivers.aldermere.example',
        roles: [
          ['caseworker', 'fishing-licence'],
          ['caseworker', 'boat-registration'],
        ],
      },
      {
        name: 'Rufus Amani',
        email: 'rufus.amani@rivers.aldermere.example',
        roles: [['caseworker', 'fishing-licence']],
      },
    ],
  },
  {
    slug: 'department-of-roads',
    name: 'Department of Roads',
    kind: 'department',
    services: [
      {
        ...open,
        slug: 'report-a-road-fault',
        name: 'Report a fault on a road',
        summary: 'Tell us about a hole, a broken street light or anything else that is wrong with a road.',
        phase: 'beta',
        contact: '0900 555 0142',
        retentionDays: 180,
        form: roadFault,
      },
      {
        ...open,
        slug: 'vehicle-damage',
        name: 'Claim for damage to your vehicle',
        summary: 'Ask for your costs where a fault on a road has damaged your vehicle.',
        phase: 'beta',
        contact: '0900 555 0143',
        retentionDays: 365,
        form: vehicleDamage,
      },
    ],
    people: [
      {
        name: 'Corin Hale',
        email: 'corin.hale@roads.aldermere.example',
        roles: [
          ['service manager', 'report-a-road-fault'],
          ['service manager', 'vehicle-damage'],
        ],
      },
      {
        name: 'Wilma Stroud',
        email: 'wilma.stroud@roads.aldermere.example',
        roles: [
          ['caseworker', 'report-a-road-fault'],
          ['caseworker', 'vehicle-damage'],
        ],
      },
    ],
  },
  {
    slug: 'department-of-records',
    name: 'Department of Records',
    kind: 'department',
    services: [
      {
        ...open,
        slug: 'archive-visit',
        name: 'Book a visit to the national archive',
        summary: 'Reserve a desk in the reading room, and the records that you want to see.',
        phase: 'live',
        contact: 'reading-room@records.aldermere.example',
        retentionDays: 90,
        form: archiveVisit,
        draft: archiveVisitDraft,
      },
    ],
    people: [
      {
        name: 'Agnes Tull',
        email: 'agnes.tull@records.aldermere.example',
        roles: ['digital leader', 'service manager'],
      },
    ],
    mandate: {
      purpose: 'The shared service centre answers bookings of the reading room',
      roles: ['caseworker'],
      days: 365,
      grantedBy: 'Agnes Tull',
    },
  },
  {
    slug: 'department-of-health',
    name: 'Department of Health',
    kind: 'department',
    people: [{ name: 'Linus Farrow', email: 'linus.farrow@health.aldermere.example', roles: ['digital leader'] }],
  },
  {
    slug: 'department-of-revenue',
    name: 'Department of Revenue',
    kind: 'department',
    people: [
      { name: 'Beatrix Odum', email: 'beatrix.odum@revenue.aldermere.example', roles: ['digital leader', 'auditor'] },
    ],
  },
  {
    slug: 'department-for-work-and-skills',
    name: 'Department for Work and Skills',
    kind: 'department',
    people: [{ name: 'Yusuf Dahl', email: 'yusuf.dahl@skills.aldermere.example', roles: ['digital leader'] }],
  },
];
