import { listOrganisations } from '#organisations';
import type { Calendar, Database, Job } from '#platform';
import { pushJob } from './costs/push-soon.ts';
import { pushServiceCosts } from './costs/pushed-costs.ts';

/** Telling measures what services pay for their systems: soon after a change, and every night, since quarters begin. */
export function createJobs(calendar: Calendar): Job[] {
  return [
    {
      name: pushJob,
      schedule: '50 0 * * *',
      run: async (_payload, { database, log, organisationId }) => {
        const ids = organisationId === undefined ? await governmentIds(database) : [organisationId];
        for (const id of ids) {
          const scope = { organisationId: id, actor: { kind: 'system', name: 'estate' } } as const;
          const done = await database.transact(scope, (tx) => pushServiceCosts(tx, calendar.today()));
          if (done.recorded + done.withdrawn > 0) log.info(done, 'told measures what systems cost');
        }
      },
    },
  ];
}

async function governmentIds(database: Database): Promise<string[]> {
  return (await listOrganisations(database)).flatMap(({ id, parentId }) => (parentId === null ? [id] : []));
}
