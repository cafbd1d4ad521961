import { listServicesAcross } from '#organisations';
import { addJob, type Calendar, type Database, type Job, type Tx } from '#platform';
import { countService, listServicesToCount } from './counting/counting.ts';
import { publishService } from './figures/publication.ts';

const publishJob = 'measures.publish';

/** Publishes a service's figures again soon, because a cost of it was entered or corrected: with the caller's transaction. */
export async function publishSoon(tx: Tx, service: { organisationId: string; serviceId: string }): Promise<void> {
  // One queue, so that no two publish the same service from different moments.
  await addJob(
    tx,
    publishJob,
    { serviceOrganisationId: service.organisationId, serviceId: service.serviceId },
    { key: `${publishJob}/${service.serviceId}`, queue: 'measures' },
  );
}

/** Counts what was recorded, and publishes what comes of it, for every service of every organisation. */
export async function countAll(
  database: Database,
  known: { calendar: Calendar; currency: string },
): Promise<{ services: number }> {
  const services = await listServicesToCount(database);
  for (const service of services) {
    await countService(database, known.calendar, service);
    await publishService(database, known, service);
  }
  return { services: services.length };
}

/** Publishes the figures of every service, as the days go on and quarters end. */
export async function publishAll(
  database: Database,
  known: { calendar: Calendar; currency: string },
): Promise<{ figures: number }> {
  let figures = 0;
  for (const { organisationId, id } of await listServicesAcross(database)) {
    figures += await publishService(database, known, { organisationId, serviceId: id });
  }
  return { figures };
}

/** Counting every minute, publishing every night and whenever a cost changes. */
export function createJobs(known: { calendar: Calendar; currency: string }): Job[] {
  return [
    {
      name: 'measures.count',
      schedule: '* * * * *',
      // What one run leaves, the next counts.
      mostAttempts: 1,
      run: async (_payload, { database, log }) => {
        const { services } = await countAll(database, known);
        if (services > 0) log.info({ services }, 'counted services');
      },
    },
    {
      name: publishJob,
      schedule: '20 1 * * *',
      run: async ({ serviceOrganisationId, serviceId }, { database, log }) => {
        if (typeof serviceOrganisationId === 'string' && typeof serviceId === 'string') {
          await publishService(database, known, { organisationId: serviceOrganisationId, serviceId });
        } else {
          log.info(await publishAll(database, known), 'published figures');
        }
      },
    },
  ];
}
