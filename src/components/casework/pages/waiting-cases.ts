import type { Waiting } from '#platform';
import { countWaiting, mostCounted } from '../cases.ts';
import { casesPage } from './case-pages.ts';

/** The open cases that somebody has, or could take. */
export const waitingCases: Waiting = {
  roles: casesPage.roles,
  list: async (tx, personId, serviceIds) => {
    const counted = await countWaiting(tx, serviceIds, personId);
    return counted.flatMap(({ serviceId, mine, nobodys }) => [
      ...(mine > 0
        ? [{ serviceId, text: `${countOf(mine)} assigned to you`, path: `${casesPage.path}?assigned=me` }]
        : []),
      ...(nobodys > 0
        ? [{ serviceId, text: `${countOf(nobodys)} assigned to nobody`, path: `${casesPage.path}?assigned=nobody` }]
        : []),
    ]);
  },
};

function countOf(cases: number): string {
  if (cases >= mostCounted) return `${mostCounted.toLocaleString('en-GB')} cases or more`;
  return cases === 1 ? '1 case' : `${cases.toLocaleString('en-GB')} cases`;
}
