import { Type } from 'typebox';
import { getService } from '#organisations';
import type { Frames } from '#organisations';
import { Problem, scopeOf } from '#platform';
import type { Calendar, Database, Keyring, Server } from '#platform';
import { formPage } from '../pages/form-pages.ts';
import { findLiveNumber } from '../versions/versions.ts';
import { moveSome, planMove } from './moving.ts';

const id = Type.String({ format: 'uuid' });
const ofService = Type.Object({ organisationId: id, serviceId: id });
const managers = { access: { who: 'staff', roles: ['service manager'], over: 'service' } } as const;
const address = '/staff/organisations/:organisationId/services/:serviceId/form/moving';

/** Moving the people in flight to the live version: what would happen, and then the act. */
export function addMovingPages(
  server: Server,
  dependencies: { database: Database; keyring: Keyring; calendar: Calendar; frames: Frames },
): void {
  const { database, frames } = dependencies;

  server.get(address, { config: managers, schema: { params: ofService } }, async (request, reply) => {
    const { serviceId } = request.params;
    const { service, plan } = await database.transact(scopeOf(request), async (tx) => ({
      service: await getService(tx, serviceId),
      plan: await planMove(tx, dependencies, serviceId),
    }));
    if (!plan) throw new Problem('not-found', { message: 'No version of this form is live yet: publish one first.' });
    const frame = frames.ofService(request, service, formPage.path);
    const form = `/staff/organisations/${service.organisationId}/services/${service.id}/form`;
    return reply.page('forms/moving/plan', {
      title: `Move people to version ${plan.to}`,
      ...frame,
      breadcrumbs: [...frame.breadcrumbs, { text: 'Form', href: form }],
      of: service,
      plan,
      action: `${form}/moving`,
      back: form,
    });
  });

  server.post(
    address,
    {
      config: managers,
      schema: { params: ofService, body: Type.Object({ to: Type.String({ pattern: '^[1-9][0-9]{0,6}$' }) }) },
    },
    async (request, reply) => {
      const { organisationId, serviceId } = request.params;
      const to = Number(request.body.to);
      const scope = scopeOf(request);
      const live = await database.transact(scope, async (tx) => {
        await getService(tx, serviceId);
        return findLiveNumber(tx, serviceId);
      });
      if (live !== to) {
        throw new Problem('conflict', {
          title: 'Another version is live now',
          message: 'Nobody was moved. Look again at what would happen.',
        });
      }
      // A batch a transaction: whoever is moved is moved whole, and nobody waits for long.
      for (;;) {
        const moved = await database.transact(scope, (tx) => moveSome(tx, dependencies, serviceId, to));
        if (moved === 0) break;
      }
      return reply.redirect(`/staff/organisations/${organisationId}/services/${serviceId}/form?done=moved`, 303);
    },
  );
}
