import type { Calendar, Database, Settings } from '#platform';

export interface PlanPagesDependencies {
  readonly database: Database;
  readonly calendar: Calendar;
  readonly settings: Settings;
}

const roles = ['platform operator', 'digital leader', 'chief technology officer'] as const;

/** The page of this part on the first page of the government's staff. */
export const planPage = {
  text: 'Plan',
  about: 'What moves to a common component or a commodity, when its contract ends, and what that is worth.',
  path: '/plan',
  roles,
} as const;

/** Who plans for the whole government. */
export const planners = {
  access: {
    who: 'staff',
    roles,
    over: 'government',
  },
} as const;

/** The frame of every page of the plan. */
export const planFrame = {
  wide: true,
  breadcrumbs: [
    { text: 'Your work', href: '/staff' },
    { text: 'Plan', href: '/staff/plan' },
  ],
} as const;
