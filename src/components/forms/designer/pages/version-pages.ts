import { Type } from 'typebox';
import { getService } from '#organisations';
import type { Frames } from '#organisations';
import { Problem, scopeOf } from '#platform';
import type { Database, Server, Tx } from '#platform';
import { readDefinition } from '../../definition/definition.ts';
import { formPage } from '../../pages/form-pages.ts';
import { findLiveNumber, getDefinition, listVersions, rollBack } from '../../versions/versions.ts';
import { compareForms } from '../comparison.ts';
import { findDraft } from '../drafts.ts';
import { formAddress, managers, ofService, readers } from './desk.ts';

const number = Type.String({ pattern: '^[1-9][0-9]{0,6}$' });
const ofVersion = Type.Object({ ...ofService.properties, number });
const either = Type.Optional(Type.Union([number, Type.Literal('draft')]));

/** Comparing versions, and going back to an older one. */
export function addVersionPages(server: Server, { database, frames }: { database: Database; frames: Frames }): void {
  server.get(
    `${formAddress}/comparison`,
    {
      config: readers,
      schema: { params: ofService, querystring: Type.Object({ from: either, to: either }) },
    },
    async (request, reply) => {
      const { serviceId } = request.params;
      const found = await database.transact(scopeOf(request), async (tx) => {
        const service = await getService(tx, serviceId);
        const versions = (await listVersions(tx, serviceId)).map((each) => String(each.number));
        const hasDraft = (await findDraft(tx, serviceId)) !== null;
        const choices = [...(hasDraft ? ['draft'] : []), ...versions];
        const live = await findLiveNumber(tx, serviceId);
        const to = request.query.to ?? choices[0] ?? '';
        const from = request.query.from ?? (live !== null && String(live) !== to ? String(live) : (choices[1] ?? to));
        if (choices.length === 0) throw new Problem('not-found', { detail: 'the form has nothing to compare' });
        return { service, choices, from, to, before: await readOne(tx, from), after: await readOne(tx, to) };
      });
      const { service, choices, from, to, before, after } = found;
      const frame = frames.ofService(request, service, formPage.path);
      const form = `/staff/organisations/${service.organisationId}/services/${service.id}/form`;
      return reply.page('forms/designer/comparison', {
        title: `Compare ${nameOf(from)} with ${nameOf(to)}`,
        ...frame,
        breadcrumbs: [...frame.breadcrumbs, { text: 'Form', href: form }],
        of: service,
        action: `${form}/comparison`,
        from,
        to,
        fromName: nameOf(from),
        toName: nameOf(to),
        choices: choices.map((value) => ({ value, text: capital(nameOf(value)) })),
        differences: compareForms(before, after),
      });

      async function readOne(tx: Tx, which: string) {
        const definition =
          which === 'draft'
            ? (await findDraft(tx, serviceId))?.definition
            : await getDefinition(tx, serviceId, Number(which));
        const { form: read } = readDefinition(definition);
        if (!read) throw new Problem('not-found', { detail: `there is no version ${which}` });
        return read;
      }
    },
  );

  server.get(
    `${formAddress}/versions/:number/roll-back`,
    { config: managers, schema: { params: ofVersion } },
    async (request, reply) => {
      const { serviceId } = request.params;
      const { service, live, definition } = await database.transact(scopeOf(request), async (tx) => ({
        service: await getService(tx, serviceId),
        live: await findLiveNumber(tx, serviceId),
        definition: await getDefinition(tx, serviceId, Number(request.params.number)),
      }));
      if (definition === null) throw new Problem('not-found');
      const frame = frames.ofService(request, service, formPage.path);
      const form = `/staff/organisations/${service.organisationId}/services/${service.id}/form`;
      return reply.page('forms/designer/roll-back', {
        title: `Make version ${request.params.number} live again`,
        ...frame,
        breadcrumbs: [...frame.breadcrumbs, { text: 'Form', href: form }],
        of: service,
        number: request.params.number,
        live,
        isLive: String(live) === request.params.number,
        action: `${form}/versions/${request.params.number}/roll-back`,
        comparison: `${form}/comparison?from=${live ?? ''}&to=${request.params.number}`,
        back: form,
      });
    },
  );

  server.post(
    `${formAddress}/versions/:number/roll-back`,
    { config: managers, schema: { params: ofVersion } },
    async (request, reply) => {
      const { organisationId, serviceId } = request.params;
      await database.transact(scopeOf(request), async (tx) => {
        await getService(tx, serviceId);
        await rollBack(tx, { serviceId, version: Number(request.params.number) });
      });
      return reply.redirect(`/staff/organisations/${organisationId}/services/${serviceId}/form?done=rolled-back`, 303);
    },
  );
}

const nameOf = (which: string): string => (which === 'draft' ? 'the draft' : `version ${which}`);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
