import {
  listTroubledJobs,
  replayJob,
  scopeOf,
  recordAudit,
  Problem,
  type Calendar,
  type Database,
  type Server,
  type ServicePage,
  type Waiting,
  type WaitingWork,
} from '#platform';
import { Type } from 'typebox';
import { rolesThatReachDown } from '../roles.ts';
import { listOrganisations } from '../organisations.ts';
import { listServicesAcross, stateOf, type Service } from '../services.ts';
import type { Session } from '../gatekeeper.ts';
import { done } from './schemas.ts';

const operators = { access: { who: 'staff', roles: ['platform operator'], over: 'government' } } as const;

/** A page about the whole government, below /staff. */
export interface GovernmentPage extends ServicePage {
  /** In a sentence, for whoever has not seen it. */
  readonly about: string;
}

/** The first page after signing in, and the operators' page of jobs that failed. */
export function addStaffPages(
  server: Server,
  {
    database,
    calendar,
    governmentPages,
    waiting,
  }: {
    database: Database;
    calendar: Calendar;
    governmentPages: readonly GovernmentPage[];
    waiting: () => readonly Waiting[];
  },
): void {
  server.get('/staff', { config: { access: { who: 'signed-in' } } }, async (request, reply) => {
    const { session } = request;
    if (session === undefined) throw new Problem('not-signed-in');
    const [organisations, services] = await Promise.all([listOrganisations(database), listServicesAcross(database)]);
    const parents = new Map(organisations.map((each) => [each.id, each.parentId]));
    const nameOf = (id: string): string => organisations.find((each) => each.id === id)?.name ?? '';
    const shown = (list: Service[]) => list.map((service) => ({ ...service, state: stateOf(service, calendar) }));
    const own = services.filter(
      (service) =>
        service.organisationId === session.organisationId &&
        session.roles.some(
          (held) => held.serviceId === service.id || (held.serviceId === null && held.role !== 'platform operator'),
        ),
    );
    const waitingWork = await listWaiting(session, own);
    return reply.page('organisations/staff', {
      title: 'Your work',
      wide: true,
      name: session.name,
      organisation: { id: session.organisationId, name: nameOf(session.organisationId) },
      services: shown(own).map((service) => ({
        ...service,
        waiting: waitingWork.filter(({ serviceId }) => serviceId === service.id),
      })),
      mandates: session.mandates
        .filter((mandate) => session.roles.some((held) => held.serviceId === null && mandate.roles.includes(held.role)))
        .map((mandate) => ({
          ...mandate,
          served: nameOf(mandate.organisationId),
          services: shown(
            services.filter(
              (service) =>
                service.organisationId === mandate.organisationId && (mandate.serviceId ?? service.id) === service.id,
            ),
          ),
        })),
      governmentPages: session.root
        ? governmentPages.filter((page) =>
            session.roles.some((held) => held.serviceId === null && page.roles.includes(held.role)),
          )
        : [],
      leads: session.roles.some((held) => held.serviceId === null),
      below: reachesDown(session)
        ? organisations.filter((each) => isBelow(each.id, session.organisationId, parents))
        : [],
      operates: session.root && session.roles.some((held) => held.role === 'platform operator'),
    });
  });

  /** What waits for somebody in the services of their own organisation. */
  async function listWaiting(session: Session, services: readonly Service[]): Promise<WaitingWork[]> {
    const { organisationId, personId, name } = session;
    if (services.length === 0) return [];
    return database.transact({ organisationId, actor: { kind: 'person', id: personId, name } }, async (tx) => {
      const found: WaitingWork[] = [];
      for (const { roles, list } of waiting()) {
        const isTold = ({ id }: Service): boolean =>
          session.roles.some(({ role, serviceId }) => roles.includes(role) && (serviceId ?? id) === id);
        const told = services.filter(isTold).map(({ id }) => id);
        if (told.length > 0) found.push(...(await list(tx, personId, told)));
      }
      return found;
    });
  }

  server.get('/staff/operations/jobs', { config: operators, schema: { querystring: done } }, async (request, reply) => {
    const organisations = await listOrganisations(database);
    const jobs = await listTroubledJobs(database.pool);
    return reply.page('organisations/jobs', {
      title: 'Jobs that failed',
      wide: true,
      breadcrumbs: [{ text: 'Your work', href: '/staff' }],
      notice:
        request.query.done === 'replayed' ? { type: 'success', heading: 'The job will be tried again now' } : undefined,
      jobs: jobs.map((job) => ({
        ...job,
        organisation: organisations.find((each) => each.id === job.organisationId)?.name,
      })),
    });
  });

  server.post(
    '/staff/operations/jobs/:jobId/replay',
    { config: operators, schema: { params: Type.Object({ jobId: Type.String({ pattern: '^[0-9]{1,18}$' }) }) } },
    async (request, reply) => {
      const { jobId } = request.params;
      if (!(await replayJob(database.pool, jobId))) {
        throw new Problem('not-found', {
          message: 'This job is no longer in the queue: it has been done, or is being done now.',
        });
      }
      await database.transact(scopeOf(request), (tx) =>
        recordAudit(tx, { action: 'platform.job-replayed', subject: { kind: 'job', name: jobId } }),
      );
      return reply.redirect('/staff/operations/jobs?done=replayed', 303);
    },
  );
}

function reachesDown(session: Session): boolean {
  return session.roles.some((held) => held.serviceId === null && rolesThatReachDown.includes(held.role));
}

function isBelow(id: string, above: string, parents: ReadonlyMap<string, string | null>): boolean {
  let current = parents.get(id) ?? null;
  while (current !== null) {
    if (current === above) return true;
    current = parents.get(current) ?? null;
  }
  return false;
}
