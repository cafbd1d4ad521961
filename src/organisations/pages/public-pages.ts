import type { Calendar, Database, Server } from '#platform';
import { listServicesAcross, stateOf } from '../services.ts';

/** The front page: which services the public can use, department by department. */
export function addPublicPages(
  server: Server,
  { database, calendar }: { database: Database; calendar: Calendar },
): void {
  server.get(
    '/',
    { config: { access: { who: 'anyone', because: 'the list of public services is public' } } },
    async (_request, reply) => {
      const services = (await listServicesAcross(database))
        .filter((service) => service.audience === 'public')
        .map((service) => ({ ...service, state: stateOf(service, calendar) }));
      const departments = Map.groupBy(
        services.filter((service) => service.state !== 'closed'),
        (service) => service.organisationName,
      );
      return reply.page('organisations/home', {
        title: 'Services',
        departments: [...departments]
          .map(([name, list]) => ({ name, services: list }))
          .toSorted((a, b) => a.name.localeCompare(b.name)),
        column: 'full',
      });
    },
  );
}
