import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageError } from '#design';
import { newId, Problem } from '#platform';
import type { Server } from '#platform';
import type { JsonObject } from '../../definition/form.ts';
import {
  changeIn,
  findById,
  idOf,
  moveOne,
  nameFor,
  pagesOf,
  sectionsOf,
  textAt,
  titleOfPage,
  withValue,
} from '../blueprint.ts';
import { draftAddress, fieldOf, inner, managers, ofService, postedOf, readers } from './desk.ts';
import type { Desk, OpenDraft, Posted } from './desk.ts';
import { renderGroups, withTyped } from './fields.ts';
import type { FieldGroup } from './fields.ts';

const ofSection = Type.Object({ ...ofService.properties, sectionId: inner });
const sectionAddress = `${draftAddress}/sections/:sectionId`;

/** Sections: pages that belong together, under a title. */
export function addSectionPages(server: Server, { desk }: { desk: Desk }): void {
  server.get(`${draftAddress}/sections`, { config: readers, schema: { params: ofService } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const sections = sectionsOf(open.definition);
    return desk.show(request, reply, open, 'sections', {
      title: 'Sections of the draft',
      current: '/sections',
      listed: sections.map((section, index) => ({
        title: textAt(section, 'title'),
        href: addressOf(open, section),
        pages: pagesIn(open.definition, section).map(titleOfPage),
        mayGoUp: index > 0,
        mayGoDown: index < sections.length - 1,
      })),
    });
  });

  server.get(
    `${draftAddress}/new-section`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      return showFields(request, reply, open, null, groupsFor(null));
    },
  );

  server.post(
    `${draftAddress}/new-section`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const posted = postedOf(request);
      const { title, hideTitle, errors } = read(open.definition, null, posted);
      if (errors.length > 0) {
        return showFields(request, reply.code(422), open, null, withTyped(groupsFor(null), posted), errors);
      }
      return desk.change(request, reply, open, {
        what: `Added the section “${title}”`,
        restsOn: (definition) => sectionsOf(definition).map((section) => textAt(section, 'title')),
        change: (definition) => ({
          ...definition,
          sections: [
            ...sectionsOf(definition),
            withValue(
              {
                id: newId(),
                name: nameFor(
                  title,
                  sectionsOf(definition).map((section) => textAt(section, 'name')),
                ),
                title,
              },
              'hideTitle',
              hideTitle || null,
            ),
          ],
        }),
        to: `${open.address}/sections`,
      });
    },
  );

  server.get(sectionAddress, { config: managers, schema: { params: ofSection } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const section = sectionOf(open, request.params.sectionId);
    return showFields(request, reply, open, section, groupsFor(section));
  });

  server.post(sectionAddress, { config: managers, schema: { params: ofSection } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const section = sectionOf(open, request.params.sectionId);
    const posted = postedOf(request);
    const { title, hideTitle, errors } = read(open.definition, section, posted);
    if (errors.length > 0) {
      return showFields(request, reply.code(422), open, section, withTyped(groupsFor(section), posted), errors);
    }
    return desk.change(request, reply, open, {
      what: `Changed the section “${title}”`,
      restsOn: (definition) => findById(sectionsOf(definition), idOf(section)),
      change: (definition) =>
        changeIn(definition, 'sections', idOf(section), (current) =>
          withValue({ ...current, title }, 'hideTitle', hideTitle || null),
        ),
      to: `${open.address}/sections`,
    });
  });

  server.post(
    `${sectionAddress}/place`,
    { config: managers, schema: { params: ofSection } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const section = sectionOf(open, request.params.sectionId);
      const way = fieldOf(postedOf(request), 'way') === 'up' ? 'up' : 'down';
      return desk.change(request, reply, open, {
        what: `Moved the section “${textAt(section, 'title')}” ${way}`,
        restsOn: (definition) => sectionsOf(definition).map(idOf),
        change: (definition) => ({
          ...definition,
          sections: moveOne(sectionsOf(definition), idOf(section), way),
        }),
        to: `${open.address}/sections`,
      });
    },
  );

  server.get(
    `${sectionAddress}/removal`,
    { config: managers, schema: { params: ofSection } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const section = sectionOf(open, request.params.sectionId);
      return desk.show(request, reply, open, 'removal', {
        title: `Remove the section “${textAt(section, 'title')}”`,
        heading: `Do you want to remove the section “${textAt(section, 'title')}”?`,
        about: 'Its pages stay, without a section.',
        uses: [],
        back: `${open.address}/sections`,
      });
    },
  );

  server.post(
    `${sectionAddress}/removal`,
    { config: managers, schema: { params: ofSection } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const section = sectionOf(open, request.params.sectionId);
      const name = textAt(section, 'name');
      return desk.change(request, reply, open, {
        what: `Removed the section “${textAt(section, 'title')}”`,
        restsOn: (definition) => [findById(sectionsOf(definition), idOf(section)), pagesIn(definition, section)],
        change: (definition) => ({
          ...changeIn(definition, 'sections', idOf(section), () => null),
          pages: pagesOf(definition).map((page) =>
            textAt(page, 'section') === name ? withValue(page, 'section', null) : page,
          ),
        }),
        to: `${open.address}/sections`,
      });
    },
  );

  function showFields(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    section: JsonObject | null,
    groups: readonly FieldGroup[],
    errors: readonly PageError[] = [],
  ): FastifyReply {
    return desk.show(request, reply, open, 'fields', {
      title: section ? `Change the section “${textAt(section, 'title')}”` : 'Add a section',
      heading: section ? 'Change the section' : 'Add a section',
      fieldsHtml: renderGroups(groups, errors),
      button: section ? 'Save' : 'Add the section',
      back: `${open.address}/sections`,
      remove: section ? `${addressOf(open, section)}/removal` : null,
      errors,
    });
  }
}

function sectionOf(open: OpenDraft, sectionId: string): JsonObject {
  const section = findById(sectionsOf(open.definition), sectionId);
  if (!section) throw new Problem('not-found', { detail: 'the draft has no such section' });
  return section;
}

const addressOf = (open: OpenDraft, section: JsonObject): string =>
  `${open.address}/sections/${encodeURIComponent(idOf(section))}`;

const pagesIn = (definition: JsonObject, section: JsonObject): JsonObject[] =>
  pagesOf(definition).filter((page) => textAt(page, 'section') === textAt(section, 'name'));

function groupsFor(section: JsonObject | null): FieldGroup[] {
  return [
    {
      fields: [
        {
          as: 'text',
          id: 'title',
          label: 'Title of the section',
          hint: 'Shown above the pages that belong to it, and in check your answers',
          value: section ? textAt(section, 'title') : '',
        },
        {
          as: 'flag',
          id: 'hidden',
          label: 'Do not show the title above the pages',
          value: section ? textAt(section, 'hideTitle') === 'true' : false,
        },
      ],
    },
  ];
}

function read(definition: JsonObject, section: JsonObject | null, posted: Posted) {
  const errors: PageError[] = [];
  const title = fieldOf(posted, 'title');
  if (title === '' || title.length > 200) errors.push({ href: '#title', text: 'Enter the title of the section' });
  else if (sectionsOf(definition).some((each) => each !== section && textAt(each, 'title') === title)) {
    errors.push({ href: '#title', text: 'Another section has this title. Choose another' });
  }
  return { title, hideTitle: fieldOf(posted, 'hidden') === 'yes', errors };
}
