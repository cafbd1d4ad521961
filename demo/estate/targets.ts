import type { MoveEstimate, Target } from '#plan';

/** Where the made-up government's systems can move to, what that takes, and how much its team can do in a quarter. */
export interface MadeUpTarget extends Omit<Target, 'teamCapacity'> {
  readonly estimate: Omit<MoveEstimate, 'targetId'>;
  /** The share of all the work of moving to it that its team can do in the plan's quarters; null where nothing limits it. */
  readonly teamShare: number | null;
}

const component = {
  costEach: 600_000,
  exitShare: 0.05,
  rampUp: [0.3, 0.1],
  departmentWork: 42,
  teamWork: 24,
  movingEach: 1_500_000,
};
const commodity = {
  costEach: 300_000,
  exitShare: 0.08,
  rampUp: [0.15],
  departmentWork: 24,
  teamWork: 6,
  movingEach: 800_000,
};
const shared = {
  costEach: 500_000,
  exitShare: 0.06,
  rampUp: [0.4, 0.2, 0.1],
  departmentWork: 48,
  teamWork: 30,
  movingEach: 2_500_000,
};

export const targets: readonly MadeUpTarget[] = [
  target(
    'common-forms',
    'Forms',
    'common component',
    { ...component, needs: ['taking-applications', 'booking-appointments'], costShare: 0.3, movingShare: 0.55 },
    1.5,
  ),
  target(
    'common-pay',
    'Payments',
    'common component',
    { ...component, needs: ['taking-payments'], costShare: 0.35, movingShare: 0.4 },
    1.5,
  ),
  target(
    'common-notify',
    'Notifications',
    'common component',
    { ...component, needs: ['telling-people'], costShare: 0.25, movingShare: 0.25, departmentWork: 18, teamWork: 12 },
    null,
  ),
  target(
    'common-sign-in',
    'Sign-in',
    'common component',
    { ...component, needs: ['signing-people-in'], costShare: 0.4, movingShare: 0.5 },
    1.4,
    { cost: 60_000_000, quarters: 2, earliest: 1 },
  ),
  target(
    'common-casework',
    'Casework',
    'common component',
    { ...component, needs: ['deciding-cases'], costShare: 0.5, movingShare: 0.9, departmentWork: 66, teamWork: 36 },
    1.3,
  ),
  target(
    'common-registers',
    'Registers',
    'common component',
    { ...component, needs: ['keeping-registers'], costShare: 0.45, movingShare: 0.7, departmentWork: 54 },
    1.4,
    { cost: 80_000_000, quarters: 3, earliest: 2 },
  ),
  target(
    'common-publishing',
    'Publishing',
    'common component',
    { ...component, needs: ['publishing-information'], costShare: 0.3, movingShare: 0.35 },
    null,
  ),
  target(
    'hosting-framework',
    'Hosting through the framework',
    'commodity',
    { ...commodity, needs: ['application-hosting', 'server-hosting'], costShare: 0.5, movingShare: 0.35 },
    1.5,
  ),
  target(
    'hosting-shared',
    'The shared cloud platform',
    'shared service',
    {
      ...commodity,
      needs: ['application-hosting', 'server-hosting'],
      costShare: 0.4,
      movingShare: 0.5,
      departmentWork: 30,
      teamWork: 12,
    },
    1.3,
    { cost: 120_000_000, quarters: 3, earliest: 1 },
  ),
  target(
    'mail-framework',
    'E-mail and documents through the framework',
    'commodity',
    { ...commodity, needs: ['email-and-documents'], costShare: 0.45, movingShare: 0.3 },
    null,
  ),
  target(
    'network-framework',
    'The public services network',
    'commodity',
    { ...commodity, needs: ['networks'], costShare: 0.6, movingShare: 0.3, departmentWork: 36 },
    1.5,
  ),
  target(
    'device-framework',
    'Devices through the framework',
    'commodity',
    { ...commodity, needs: ['devices'], costShare: 0.7, movingShare: 0.2 },
    null,
  ),
  target(
    'service-desk-shared',
    'The shared service desk',
    'shared service',
    {
      ...shared,
      needs: ['service-desk', 'application-support'],
      costShare: 0.6,
      movingShare: 0.3,
      departmentWork: 24,
      teamWork: 18,
    },
    1.4,
  ),
  target(
    'directory-shared',
    'The common staff directory',
    'shared service',
    { ...shared, needs: ['staff-directory'], costShare: 0.4, movingShare: 0.4 },
    null,
  ),
  target(
    'finance-shared',
    'The shared finance centre',
    'shared service',
    { ...shared, needs: ['finance', 'procurement'], costShare: 0.5, movingShare: 0.6 },
    1.3,
  ),
  target(
    'people-shared',
    'The shared people centre',
    'shared service',
    { ...shared, needs: ['human-resources', 'payroll'], costShare: 0.5, movingShare: 0.6 },
    1.3,
    { cost: 140_000_000, quarters: 4, earliest: 0 },
  ),
];

/** Where a part goes whose application has moved: nowhere, since nothing is left to host or support. */
export const switchedOff: Target = {
  id: 'switched-off',
  name: 'Switched off',
  kind: 'switched off',
  teamCapacity: null,
  opening: null,
};

function target(
  id: string,
  name: string,
  kind: Target['kind'],
  estimate: Omit<MoveEstimate, 'targetId'>,
  teamShare: number | null,
  opening: Target['opening'] = null,
): MadeUpTarget {
  return { id, name, kind, estimate, teamShare, opening };
}
