import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageError } from '#design';
import { newId, Problem } from '#platform';
import type { Server } from '#platform';
import type { JsonObject } from '../../definition/form.ts';
import {
  changeComponent,
  changeIn,
  componentsOf,
  conditionsOf,
  findById,
  idOf,
  moveOne,
  pagesOf,
  textAt,
  titleOfPage,
  withValue,
} from '../blueprint.ts';
import { componentFields, readComponent } from '../component-form.ts';
import { componentKinds, kindOf, kindOfType, nameOfComponent } from '../kinds.ts';
import type { ComponentKind } from '../kinds.ts';
import { conditionsAbout } from '../sentences.ts';
import { draftAddress, fieldOf, inner, managers, ofService, postedOf } from './desk.ts';
import type { Desk, OpenDraft } from './desk.ts';
import { renderGroups, withTyped } from './fields.ts';
import type { FieldGroup } from './fields.ts';
import { addressOf, pageOf } from './page-pages.ts';

const ofPage = Type.Object({ ...ofService.properties, pageId: inner });
const ofComponent = Type.Object({ ...ofPage.properties, componentId: inner });
const ofType = Type.Object({ type: Type.Optional(Type.String({ maxLength: 100 })) });
const newAddress = `${draftAddress}/pages/:pageId/new`;
const componentAddress = `${draftAddress}/pages/:pageId/components/:componentId`;

/** Adding a question or a piece of content to a page, changing it, moving it and removing it. */
export function addComponentPages(server: Server, { desk }: { desk: Desk }): void {
  server.get(
    newAddress,
    { config: managers, schema: { params: ofPage, querystring: ofType } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const page = pageOf(open, request.params.pageId);
      const kind = kindOfType(request.query.type ?? '');
      if (kind) return showFields(request, reply, open, page, null, kind, componentFields(open.definition, kind, null));
      const item = (each: ComponentKind) => ({ value: each.type, text: each.name, hint: { text: each.about } });
      return desk.show(request, reply, open, 'new-component', {
        title: `Add to the page “${titleOfPage(page)}”`,
        caption: titleOfPage(page),
        asking: componentKinds.filter((each) => each.asks).map(item),
        informing: componentKinds.filter((each) => !each.asks).map(item),
        action: `${addressOf(open, page)}/new`,
        back: addressOf(open, page),
        errors: request.query.type === undefined ? undefined : [{ href: '#type', text: 'Select what you want to add' }],
      });
    },
  );

  server.post(
    newAddress,
    { config: managers, schema: { params: ofPage, querystring: ofType } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const page = pageOf(open, request.params.pageId);
      const kind = kindOfType(request.query.type ?? '');
      if (!kind) return reply.redirect(`${addressOf(open, page)}/new`, 303);
      const posted = postedOf(request);
      const id = newId();
      const read = readComponent(open.definition, kind, { id, type: kind.type, options: {}, schema: {} }, posted);
      const errors = [...read.errors, ...placeErrors(page, kind)];
      if (errors.length > 0) {
        const groups = withTyped(componentFields(open.definition, kind, null), posted);
        return showFields(request, reply.code(422), open, page, null, kind, groups, errors);
      }
      return desk.change(request, reply, open, {
        what: `Added “${nameOfComponent(read.component)}” to the page “${titleOfPage(page)}”`,
        restsOn: (definition) => [
          idOf(page),
          findById(pagesOf(definition), idOf(page)) !== null,
          read.restsOn(definition),
        ],
        change: (definition) =>
          changeIn(read.change(definition), 'pages', idOf(page), (current) => ({
            ...current,
            ...(kind.type === 'FileUploadField' ? { controller: 'FileUploadPageController' } : {}),
            components: [...componentsOf(current), read.component],
          })),
        to: addressOf(open, page),
      });
    },
  );

  server.get(componentAddress, { config: managers, schema: { params: ofComponent } }, async (request, reply) => {
    const { open, page, component } = await openComponent(request, request.params);
    const kind = kindOf(component) ?? unknownKind(component);
    return showFields(request, reply, open, page, component, kind, componentFields(open.definition, kind, component));
  });

  server.post(componentAddress, { config: managers, schema: { params: ofComponent } }, async (request, reply) => {
    const { open, page, component } = await openComponent(request, request.params);
    const kind = kindOf(component) ?? unknownKind(component);
    const posted = postedOf(request);
    const { errors, restsOn, change, component: changed } = readComponent(open.definition, kind, component, posted);
    if (errors.length > 0) {
      const groups = withTyped(componentFields(open.definition, kind, component), posted);
      return showFields(request, reply.code(422), open, page, component, kind, groups, errors);
    }
    return desk.change(request, reply, open, {
      what: `Changed “${nameOfComponent(changed)}” on the page “${titleOfPage(page)}”`,
      restsOn: (definition) => [componentIn(definition, page, component), restsOn(definition)],
      change: (definition) => changeComponent(change(definition), idOf(page), idOf(component), () => changed),
      to: addressOf(open, page),
    });
  });

  server.post(
    `${componentAddress}/place`,
    { config: managers, schema: { params: ofComponent } },
    async (request, reply) => {
      const { open, page, component } = await openComponent(request, request.params);
      const way = fieldOf(postedOf(request), 'way') === 'up' ? 'up' : 'down';
      return desk.change(request, reply, open, {
        what: `Moved “${nameOfComponent(component)}” ${way} on the page “${titleOfPage(page)}”`,
        restsOn: (definition) => componentsOf(findById(pagesOf(definition), idOf(page)) ?? {}).map(idOf),
        change: (definition) =>
          changeIn(definition, 'pages', idOf(page), (current) => ({
            ...current,
            components: moveOne(componentsOf(current), idOf(component), way),
          })),
        to: addressOf(open, page),
      });
    },
  );

  server.get(
    `${componentAddress}/removal`,
    { config: managers, schema: { params: ofComponent } },
    async (request, reply) => {
      const { open, page, component } = await openComponent(request, request.params);
      return desk.show(request, reply, open, 'removal', {
        title: `Remove “${nameOfComponent(component)}”`,
        heading: `Do you want to remove “${nameOfComponent(component)}”?`,
        caption: titleOfPage(page),
        uses: conditionsAbout(open.definition, idOf(component)).map((condition) => ({
          text: `The condition “${textAt(condition, 'displayName')}” asks about its answer`,
          href: `${open.address}/conditions/${encodeURIComponent(idOf(condition))}`,
        })),
        back: addressOf(open, page),
      });
    },
  );

  server.post(
    `${componentAddress}/removal`,
    { config: managers, schema: { params: ofComponent } },
    async (request, reply) => {
      const { open, page, component } = await openComponent(request, request.params);
      // The page that asks says why not.
      if (conditionsAbout(open.definition, idOf(component)).length > 0) {
        return reply.redirect(
          `${addressOf(open, page)}/components/${encodeURIComponent(idOf(component))}/removal`,
          303,
        );
      }
      return desk.change(request, reply, open, {
        what: `Removed “${nameOfComponent(component)}” from the page “${titleOfPage(page)}”`,
        restsOn: (definition) => [componentIn(definition, page, component), conditionsOf(definition)],
        change: (definition) => {
          const without = changeComponent(definition, idOf(page), idOf(component), () => null);
          return textAt(component, 'type') === 'FileUploadField'
            ? changeIn(without, 'pages', idOf(page), (current) => withValue(current, 'controller', null))
            : without;
        },
        to: addressOf(open, page),
      });
    },
  );

  async function openComponent(
    request: FastifyRequest,
    params: { organisationId: string; serviceId: string; pageId: string; componentId: string },
  ): Promise<{ open: OpenDraft; page: JsonObject; component: JsonObject }> {
    const open = await desk.open(request, params);
    const page = pageOf(open, params.pageId);
    const component = findById(componentsOf(page), params.componentId);
    if (!component) throw new Problem('not-found', { detail: 'the page has no such component' });
    return { open, page, component };
  }

  function showFields(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    page: JsonObject,
    component: JsonObject | null,
    kind: ComponentKind,
    groups: readonly FieldGroup[],
    errors: readonly PageError[] = [],
  ): FastifyReply {
    const list = component ? textAt(component, 'list') : '';
    return desk.show(request, reply, open, 'fields', {
      title: component ? `Change “${nameOfComponent(component)}”` : `Add: ${kind.name}`,
      heading: component ? `Change: ${kind.name}` : `Add: ${kind.name}`,
      caption: titleOfPage(page),
      lead: kind.about,
      fieldsHtml: renderGroups(groups, errors),
      button: component ? 'Save' : 'Add',
      back: addressOf(open, page),
      more:
        kind.usesList && list !== ''
          ? {
              text: 'Hints, order and values of the options',
              href: `${open.address}/lists/${encodeURIComponent(list)}`,
            }
          : null,
      errors,
    });
  }
}

/** Where only one thing may stand on a page. */
function placeErrors(page: JsonObject, kind: ComponentKind): PageError[] {
  const asked = componentsOf(page).filter((each) => kindOf(each)?.asks ?? true);
  if (kind.type === 'FileUploadField' && asked.length > 0) {
    return [{ href: '#title', text: 'A file upload must be alone on its page. Add a page for it' }];
  }
  if (kind.asks && asked.some((each) => textAt(each, 'type') === 'FileUploadField')) {
    return [{ href: '#title', text: 'This page has a file upload, which must be alone. Add another page' }];
  }
  return [];
}

function componentIn(definition: JsonObject, page: JsonObject, component: JsonObject): JsonObject | null {
  return findById(componentsOf(findById(pagesOf(definition), idOf(page)) ?? {}), idOf(component));
}

/** A type that others have made: its words can be changed, and the rest stays as it is. */
function unknownKind(component: JsonObject): ComponentKind {
  const type = textAt(component, 'type');
  return {
    type,
    name: type,
    about: 'This kind is not known here: its other settings stay as they are.',
    asks: true,
    usesList: false,
    settings: [],
  };
}
