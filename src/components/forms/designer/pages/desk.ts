import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { getService } from '#organisations';
import type { Frames, Service } from '#organisations';
import { Problem, scopeOf } from '#platform';
import type { Database } from '#platform';
import type { PageError } from '#design';
import type { JsonObject } from '../../definition/form.ts';
import { formPage } from '../../pages/form-pages.ts';
import { isEditable } from '../blueprint.ts';
import { changeDraft, findDraft, listSteps } from '../drafts.ts';
import type { Changing, Draft, DraftChange } from '../drafts.ts';

/** The addresses of a form in the staff console begin so. */
export const formAddress = '/staff/organisations/:organisationId/services/:serviceId/form';
export const draftAddress = `${formAddress}/draft`;

const id = Type.String({ format: 'uuid' });
/** An identifier inside a definition, which others may have made. */
export const inner = Type.String({ minLength: 1, maxLength: 200 });
export const ofService = Type.Object({ organisationId: id, serviceId: id });
export interface OfService {
  organisationId: string;
  serviceId: string;
}

/** Who may look at a form: the same as may see its page. */
export const readers = { access: { who: 'staff', roles: formPage.roles, over: 'service' } } as const;
/** Who may change it. */
export const managers = { access: { who: 'staff', roles: ['service manager'], over: 'service' } } as const;

/** What was posted: anything may be in it. */
export type Posted = Readonly<Record<string, unknown>>;

export function postedOf(request: FastifyRequest): Posted {
  const { body } = request;
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? Object.fromEntries(Object.entries(body))
    : {};
}

/** A posted field as text without space around it; empty where there is none. */
export function fieldOf(posted: Posted, name: string): string {
  const value = Object.hasOwn(posted, name) ? posted[name] : undefined;
  const text: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof text === 'string' ? text.replaceAll('\r\n', '\n').replaceAll('\u0000', '').trim() : '';
}

/** Every value of a posted field. */
export function fieldsOf(posted: Posted, name: string): string[] {
  const value = Object.hasOwn(posted, name) ? posted[name] : undefined;
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.flatMap((each) => (typeof each === 'string' && each !== '' ? [each] : []));
}

/** The draft of a service's form, open on somebody's desk. */
export interface OpenDraft {
  service: Service;
  draft: Draft;
  definition: JsonObject;
  /** Of the form in the console. */
  form: string;
  /** Of the draft. */
  address: string;
}

/** What all pages of the designer do alike. */
export interface Desk {
  /** Opens the draft. @throws Problem not-found, or conflict where it is in a dialect that the designer does not change. */
  open(request: FastifyRequest, params: OfService): Promise<OpenDraft>;
  /** Shows a page of the designer. */
  show(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    view: string,
    data: { title: string; current?: string; errors?: readonly PageError[] | undefined } & Readonly<
      Record<string, unknown>
    >,
  ): FastifyReply;
  /** Makes a change of what the person saw, and goes on; or says who has changed the same thing meanwhile. */
  change(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    change: Omit<DraftChange, 'serviceId' | 'seen'> & { to: string },
  ): Promise<FastifyReply>;
  /** Goes on after a change that was made elsewhere. */
  settle(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    changing: Changing,
    to: string,
  ): Promise<FastifyReply>;
}

const sections = [
  { text: 'Pages', path: '' },
  { text: 'Conditions', path: '/conditions' },
  { text: 'Lists', path: '/lists' },
  { text: 'Sections', path: '/sections' },
  { text: 'Languages', path: '/languages' },
  { text: 'Settings', path: '/settings' },
] as const;

const acts = [
  { text: 'Try it', path: '/previews' },
  { text: 'Check and publish', path: '/checks' },
  { text: 'History', path: '/history' },
] as const;

export function createDesk({ database, frames }: { database: Database; frames: Frames }): Desk {
  const desk: Desk = {
    async open(request, params) {
      const { service, draft } = await database.transact(scopeOf(request), async (tx) => ({
        service: await getService(tx, params.serviceId),
        draft: await findDraft(tx, params.serviceId),
      }));
      if (!draft) throw new Problem('not-found', { detail: 'the form has no draft' });
      const form = `/staff/organisations/${service.organisationId}/services/${service.id}/form`;
      if (!isEditable(draft.definition)) {
        throw new Problem('conflict', {
          title: 'This draft cannot be changed here yet',
          message: 'It is in an older form of definition. Go to the form’s page and choose “Convert it”.',
        });
      }
      return { service, draft, definition: draft.definition, form, address: `${form}/draft` };
    },

    show(request, reply, open, view, { current, ...data }) {
      const frame = frames.ofService(request, open.service, formPage.path);
      const item = ({ text, path }: { text: string; path: string }) => ({
        text,
        href: open.address + path,
        current: path === current,
      });
      return reply.page(`forms/designer/${view}`, {
        ...frame,
        breadcrumbs: [
          ...frame.breadcrumbs,
          { text: 'Form', href: open.form },
          ...(current === '' ? [] : [{ text: 'Draft', href: open.address }]),
        ],
        of: open.service,
        draft: open.draft,
        address: open.address,
        formAddress: open.form,
        mayChange: mayChange(request),
        parts: {
          label: 'Parts of the draft',
          sections: [{ items: sections.map(item) }, { heading: 'This draft', items: acts.map(item) }],
        },
        ...data,
      });
    },

    async change(request, reply, open, { to, ...change }) {
      const changing = await database.transact(scopeOf(request), (tx) =>
        changeDraft(tx, { ...change, serviceId: open.service.id, seen: seenOf(request) }),
      );
      return desk.settle(request, reply, open, changing, to);
    },

    async settle(request, reply, open, changing, to) {
      if (changing.done) return reply.redirect(to, 303);
      const { formId } = changing.current;
      const steps = await database.transact(scopeOf(request), (tx) => listSteps(tx, formId, 20));
      const seen = seenOf(request);
      return desk.show(request, reply.code(409), open, 'overtaken', {
        title: 'Somebody else changed this first',
        steps: steps.filter(({ number }) => number > seen),
        typed: Object.entries(postedOf(request)).flatMap(([name, value]) =>
          typeof value === 'string' && value !== '' && name !== 'seen' ? [{ name, value }] : [],
        ),
        again: to,
      });
    },
  };
  return desk;
}

export const mayChange = (request: FastifyRequest): boolean => request.grant.roles.includes('service manager');

/** The step that the person saw when they opened the page. @throws Problem invalid where the page did not say. */
export function seenOf(request: FastifyRequest): number {
  const seen = fieldOf(postedOf(request), 'seen');
  if (!/^[1-9]\d{0,8}$/.test(seen)) {
    throw new Problem('invalid', {
      message: 'Go back, reload the page and send it again.',
      detail: 'no step was seen',
    });
  }
  return Number(seen);
}
