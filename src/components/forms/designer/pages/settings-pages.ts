import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageError } from '#design';
import type { Server } from '#platform';
import type { JsonObject } from '../../definition/form.ts';
import { textAt, valueAt, withValue } from '../blueprint.ts';
import { draftAddress, fieldOf, managers, ofService, postedOf } from './desk.ts';
import type { Desk, OpenDraft, Posted } from './desk.ts';
import { renderGroups, withTyped } from './fields.ts';
import type { FieldGroup } from './fields.ts';

/** What holds for the form as a whole. */
export function addSettingsPages(server: Server, { desk }: { desk: Desk }): void {
  server.get(
    `${draftAddress}/settings`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      return show(request, reply, open, groupsFor(open.definition));
    },
  );

  server.post(
    `${draftAddress}/settings`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const posted = postedOf(request);
      const { change, errors } = read(posted);
      if (errors.length > 0) {
        return show(request, reply.code(422), open, withTyped(groupsFor(open.definition), posted), errors);
      }
      return desk.change(request, reply, open, {
        what: 'Changed the settings of the form',
        restsOn: (definition) => settingsOf.map((path) => valueAt(definition, path)),
        change,
        to: open.address,
      });
    },
  );

  function show(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    groups: readonly FieldGroup[],
    errors: readonly PageError[] = [],
  ): FastifyReply {
    return desk.show(request, reply, open, 'settings', {
      title: 'Settings of the form',
      current: '/settings',
      fieldsHtml: renderGroups(groups, errors),
      errors,
    });
  }
}

const settingsOf = ['name', 'declaration', 'metadata.journey', 'metadata.expiryDays'] as const;

function groupsFor(definition: JsonObject): FieldGroup[] {
  return [
    {
      fields: [
        { as: 'text', id: 'name', label: 'Name of the form', value: textAt(definition, 'name') },
        {
          as: 'lines',
          id: 'declaration',
          label: 'Declaration',
          hint: 'What people agree to when they send, above the button. Leave it empty if there is nothing',
          value: textAt(definition, 'declaration'),
        },
        {
          as: 'radios',
          id: 'journey',
          label: 'The way through the form',
          value: textAt(definition, 'metadata.journey') === 'task-list' ? 'task-list' : 'in-order',
          items: [
            { value: 'in-order', text: 'One page after another' },
            {
              value: 'task-list',
              text: 'A task list',
              hint: 'For long forms: each section is a task, done in the order that people like',
            },
          ],
        },
        {
          as: 'text',
          id: 'expiry',
          label: 'Days to finish',
          hint: 'What people have begun is erased after so many days. They are told',
          value: textAt(definition, 'metadata.expiryDays') || '28',
          width: 3,
          numeric: true,
        },
      ],
    },
  ];
}

function read(posted: Posted): { change: (definition: JsonObject) => JsonObject; errors: PageError[] } {
  const errors: PageError[] = [];
  const name = fieldOf(posted, 'name');
  const expiry = fieldOf(posted, 'expiry');
  if (name === '' || name.length > 200) errors.push({ href: '#name', text: 'Enter a name for the form' });
  if (!/^\d{1,3}$/.test(expiry) || Number(expiry) < 1 || Number(expiry) > 365) {
    errors.push({ href: '#expiry', text: 'Enter the days to finish as a whole number from 1 to 365' });
  }
  const change = (definition: JsonObject): JsonObject => {
    let changed: JsonObject = { ...definition, name };
    changed = withValue(changed, 'declaration', fieldOf(posted, 'declaration') || null);
    changed = withValue(changed, 'metadata.journey', fieldOf(posted, 'journey') === 'task-list' ? 'task-list' : null);
    return withValue(changed, 'metadata.expiryDays', expiry === '28' ? null : Number(expiry));
  };
  return { change, errors };
}
