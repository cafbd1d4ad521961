import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageError } from '#design';
import { newId, Problem } from '#platform';
import type { Server } from '#platform';
import type { JsonObject } from '../../definition/form.ts';
import {
  addPage,
  changeIn,
  componentsOf,
  conditionsOf,
  findById,
  idOf,
  isFixed,
  pagesOf,
  pathFor,
  sectionsOf,
  textAt,
  titleOfPage,
  withValues,
} from '../blueprint.ts';
import { kindOf, nameOfComponent } from '../kinds.ts';
import { conditionsAbout, describeCondition } from '../sentences.ts';
import { draftAddress, fieldOf, inner, managers, ofService, postedOf, readers } from './desk.ts';
import type { Desk, OpenDraft, Posted } from './desk.ts';
import { wordsOfPageKind } from './draft-pages.ts';
import { renderGroups, withTyped } from './fields.ts';
import type { FieldGroup } from './fields.ts';
import { nest, readWithin, withinField } from './nested-repeats.ts';

const ofPage = Type.Object({ ...ofService.properties, pageId: inner });

/** Adding a page, one page, its settings and its removal. */
export function addPagePages(server: Server, { desk }: { desk: Desk }): void {
  server.get(
    `${draftAddress}/new-page`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      return showSettings(request, reply, open, null, groupsFor(open.definition, null));
    },
  );

  server.post(
    `${draftAddress}/new-page`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const posted = postedOf(request);
      const { values, within, errors } = readSettings(open.definition, null, posted);
      if (errors.length > 0) {
        return showSettings(
          request,
          reply.code(422),
          open,
          null,
          withTyped(groupsFor(open.definition, null), posted),
          errors,
        );
      }
      const id = newId();
      const title = textAt(values, 'title');
      return desk.change(request, reply, open, {
        what: `Added the page “${title}”`,
        restsOn: () => null,
        change: (definition) =>
          addPage(nest(definition, values, within), {
            ...values,
            id,
            path: pathFor(
              title,
              pagesOf(definition).map((page) => textAt(page, 'path')),
            ),
            components: [],
            next: [],
          }),
        to: `${open.address}/pages/${id}`,
      });
    },
  );

  server.get(
    `${draftAddress}/pages/:pageId`,
    { config: readers, schema: { params: ofPage } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const page = pageOf(open, request.params.pageId);
      return desk.show(request, reply, open, 'page', {
        title: titleOfPage(page),
        page: describePage(open.definition, page),
        pageAddress: addressOf(open, page),
      });
    },
  );

  server.get(
    `${draftAddress}/pages/:pageId/settings`,
    { config: managers, schema: { params: ofPage } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const page = pageOf(open, request.params.pageId);
      return showSettings(request, reply, open, page, groupsFor(open.definition, page));
    },
  );

  server.post(
    `${draftAddress}/pages/:pageId/settings`,
    { config: managers, schema: { params: ofPage } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const page = pageOf(open, request.params.pageId);
      const posted = postedOf(request);
      const { values, within, errors } = readSettings(open.definition, page, posted);
      if (errors.length > 0) {
        const groups = withTyped(groupsFor(open.definition, page), posted);
        return showSettings(request, reply.code(422), open, page, groups, errors);
      }
      return desk.change(request, reply, open, {
        what: `Changed the settings of the page “${titleOfPage(page)}”`,
        restsOn: (definition) => findById(pagesOf(definition), idOf(page)),
        change: (definition) =>
          changeIn(nest(definition, values, within), 'pages', idOf(page), (current) =>
            withValues(current, { ...nothing, ...values }),
          ),
        to: addressOf(open, page),
      });
    },
  );

  server.get(
    `${draftAddress}/pages/:pageId/removal`,
    { config: managers, schema: { params: ofPage } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const page = pageOf(open, request.params.pageId);
      const uses = usesOf(open.definition, page);
      return desk.show(request, reply, open, 'removal', {
        title: `Remove the page “${titleOfPage(page)}”`,
        heading: `Do you want to remove the page “${titleOfPage(page)}”?`,
        about:
          componentsOf(page).length > 0
            ? `What stands on it is removed with it: ${componentsOf(page).map(nameOfComponent).join('; ')}.`
            : null,
        uses: uses.map((condition) => ({
          text: `The condition “${textAt(condition, 'displayName')}” asks about an answer on this page`,
          href: `${open.address}/conditions/${encodeURIComponent(idOf(condition))}`,
        })),
        back: addressOf(open, page),
      });
    },
  );

  server.post(
    `${draftAddress}/pages/:pageId/removal`,
    { config: managers, schema: { params: ofPage } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const page = pageOf(open, request.params.pageId);
      // The page that asks says why not.
      if (isFixed(page) || usesOf(open.definition, page).length > 0) {
        return reply.redirect(`${addressOf(open, page)}/removal`, 303);
      }
      return desk.change(request, reply, open, {
        what: `Removed the page “${titleOfPage(page)}”`,
        restsOn: (definition) => [findById(pagesOf(definition), idOf(page)), conditionsOf(definition)],
        change: (definition) => changeIn(definition, 'pages', idOf(page), () => null),
        to: open.address,
      });
    },
  );

  function showSettings(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    page: JsonObject | null,
    groups: readonly FieldGroup[],
    errors: readonly PageError[] = [],
  ): FastifyReply {
    return desk.show(request, reply, open, 'fields', {
      title: page ? `Settings of the page “${titleOfPage(page)}”` : 'Add a page',
      heading: page ? 'Settings of the page' : 'Add a page',
      caption: page ? titleOfPage(page) : null,
      fieldsHtml: renderGroups(groups, errors),
      button: page ? 'Save' : 'Add the page',
      back: page ? addressOf(open, page) : open.address,
      errors,
    });
  }
}

export function pageOf(open: OpenDraft, pageId: string): JsonObject {
  const page = findById(pagesOf(open.definition), pageId);
  if (!page) throw new Problem('not-found', { detail: 'the draft has no such page' });
  return page;
}

export const addressOf = (open: OpenDraft, page: JsonObject): string =>
  `${open.address}/pages/${encodeURIComponent(idOf(page))}`;

function usesOf(definition: JsonObject, page: JsonObject): JsonObject[] {
  return [...new Set(componentsOf(page).flatMap((component) => conditionsAbout(definition, idOf(component))))];
}

function describePage(definition: JsonObject, page: JsonObject) {
  const condition = findById(conditionsOf(definition), textAt(page, 'condition'));
  const section = sectionsOf(definition).find((each) => textAt(each, 'name') === textAt(page, 'section'));
  const components = componentsOf(page);
  return {
    title: titleOfPage(page),
    ownTitle: textAt(page, 'title'),
    path: textAt(page, 'path'),
    kind: wordsOfPageKind(page),
    isFixed: isFixed(page),
    section: section ? textAt(section, 'title') : null,
    repeat:
      textAt(page, 'controller') === 'RepeatPageController'
        ? {
            title: textAt(page, 'repeat.options.title'),
            min: textAt(page, 'repeat.schema.min'),
            max: textAt(page, 'repeat.schema.max'),
          }
        : null,
    condition: condition
      ? { name: textAt(condition, 'displayName'), words: describeCondition(definition, condition) }
      : null,
    components: components.map((component, index) => ({
      key: encodeURIComponent(idOf(component)),
      name: nameOfComponent(component),
      kind: kindOf(component)?.name ?? textAt(component, 'type'),
      isKnown: kindOf(component) !== null,
      hint: textAt(component, 'hint'),
      optional: (kindOf(component)?.asks ?? false) && textAt(component, 'options.required') === 'false',
      options: optionsOf(definition, component),
      shownIf: textAt(findById(conditionsOf(definition), textAt(component, 'options.condition')) ?? {}, 'displayName'),
      decides: conditionsAbout(definition, idOf(component)).map((each) => ({
        name: textAt(each, 'displayName'),
        key: encodeURIComponent(idOf(each)),
      })),
      mayGoUp: index > 0,
      mayGoDown: index < components.length - 1,
    })),
  };
}

function optionsOf(definition: JsonObject, component: JsonObject): string | null {
  if (kindOf(component)?.usesList !== true) return null;
  const lists = definition['lists'];
  const list = findById(
    (Array.isArray(lists) ? lists : []).filter(
      (each): each is JsonObject => typeof each === 'object' && each !== null && !Array.isArray(each),
    ),
    textAt(component, 'list'),
  );
  if (!list) return 'No list';
  const items = list['items'];
  const texts = (Array.isArray(items) ? items : []).flatMap((item) =>
    typeof item === 'object' && item !== null && !Array.isArray(item) ? [textAt(item, 'text')] : [],
  );
  return texts.length > 8 ? `${texts.slice(0, 8).join('; ')} and ${texts.length - 8} more` : texts.join('; ');
}

/** What a page has no more when it becomes an ordinary one. */
const nothing = { controller: null, repeat: null, section: null, condition: null } as const;

function groupsFor(definition: JsonObject, page: JsonObject | null): FieldGroup[] {
  const fixed = page !== null && isFixed(page);
  const value = (path: string): string => (page ? textAt(page, path) : '');
  const conditions = conditionsOf(definition);
  const sections = sectionsOf(definition);
  const kind = pageKindOf(page);
  const title: FieldGroup = {
    fields: [
      {
        as: 'text',
        id: 'title',
        label: 'Title of the page',
        hint: page
          ? 'Leave it empty where the page has one question: its words are the title then'
          : 'If the page has one question, write the question here. You can change it later',
        value: value('title'),
      },
    ],
  };
  if (fixed) return [title];
  return [
    title,
    ...(page
      ? [
          {
            fields: [
              {
                as: 'text',
                id: 'path',
                label: 'Address of the page',
                hint: 'Letters, digits and hyphens',
                value: value('path'),
              } as const,
            ],
          },
        ]
      : []),
    {
      fields: [
        ...(conditions.length > 0
          ? [
              {
                as: 'select',
                id: 'condition',
                label: 'Who is asked',
                value: value('condition'),
                items: [
                  { value: '', text: 'Everybody' },
                  ...conditions.map((each) => ({
                    value: idOf(each),
                    text: `Only if: ${textAt(each, 'displayName')}`,
                  })),
                ],
              } as const,
            ]
          : []),
        ...(sections.length > 0
          ? [
              {
                as: 'select',
                id: 'section',
                label: 'Section',
                value: value('section'),
                items: [
                  { value: '', text: 'None' },
                  ...sections.map((each) => ({ value: textAt(each, 'name'), text: textAt(each, 'title') })),
                ],
              } as const,
            ]
          : []),
        {
          as: 'radios',
          id: 'kind',
          label: 'What happens on the page',
          value: kind,
          items: [
            { value: 'question', text: 'People answer it once', hint: 'Or read it and go on' },
            { value: 'repeat', text: 'People can add another', hint: 'Such as several children or several jobs' },
            {
              value: 'end',
              text: 'The form ends here',
              hint: 'For people who cannot apply: it tells them why, and nothing is sent',
            },
          ],
        },
      ],
    },
    {
      inside: 'If people can add another',
      fields: [
        {
          as: 'text',
          id: 'item',
          label: 'What one of them is called',
          hint: 'Such as Child. Consecutive pages with the same word are asked together for each',
          value: value('repeat.options.title'),
        },
        { as: 'text', id: 'min', label: 'Fewest', value: value('repeat.schema.min') || '1', width: 3, numeric: true },
        { as: 'text', id: 'max', label: 'Most', value: value('repeat.schema.max') || '10', width: 3, numeric: true },
        ...withinField(definition, page),
      ],
    },
  ];
}

function pageKindOf(page: JsonObject | null): 'question' | 'repeat' | 'end' {
  const controller = page ? textAt(page, 'controller') : '';
  if (controller === 'RepeatPageController') return 'repeat';
  return controller === 'TerminalPageController' ? 'end' : 'question';
}

function readSettings(
  definition: JsonObject,
  page: JsonObject | null,
  posted: Posted,
): { values: JsonObject; within: string; errors: PageError[] } {
  const errors: PageError[] = [];
  let within = '';
  const wrong = (id: string, text: string): void => void errors.push({ href: `#${id}`, text });
  const title = fieldOf(posted, 'title');
  if (title === '' && (page === null || isFixed(page))) wrong('title', 'Enter the title of the page');
  if (title.length > 500) wrong('title', 'The title must be 500 characters or less');
  if (page && isFixed(page)) {
    const { controller = null } = page;
    const kept = {
      ...(controller === null ? {} : { controller }),
      ...keep(page, 'section'),
      ...keep(page, 'condition'),
    };
    return { values: { title, ...kept }, within, errors };
  }
  const values: JsonObject = { title };
  if (page) {
    const path = `/${fieldOf(posted, 'path').replace(/^\/+/, '')}`;
    if (!/^\/[\w-]+(\/[\w-]+)*$/.test(path)) {
      wrong('path', 'Enter the address in letters, digits and hyphens, such as your-name');
    } else if (pagesOf(definition).some((each) => each !== page && textAt(each, 'path') === path)) {
      wrong('path', 'Another page has this address. Choose another');
    }
    values['path'] = path;
    // A page with an upload stays one.
    if (textAt(page, 'controller') === 'FileUploadPageController') values['controller'] = 'FileUploadPageController';
  }
  const condition = fieldOf(posted, 'condition');
  if (condition !== '' && findById(conditionsOf(definition), condition)) values['condition'] = condition;
  const section = fieldOf(posted, 'section');
  if (sectionsOf(definition).some((each) => textAt(each, 'name') === section)) values['section'] = section;
  const kind = fieldOf(posted, 'kind');
  if (!['question', 'repeat', 'end'].includes(kind)) wrong('kind', 'Select what happens on the page');
  if (kind === 'end') values['controller'] = 'TerminalPageController';
  if (kind === 'repeat') {
    const item = fieldOf(posted, 'item');
    if (item === '' || item.length > 100) wrong('item', 'Enter what one of them is called, such as Child');
    const [min, max] = [count(posted, 'min'), count(posted, 'max')];
    if (min === null || min < 1) wrong('min', 'The fewest must be a whole number, 1 or more');
    if (max === null || max > 200) wrong('max', 'The most must be a whole number, 200 or less');
    if (min !== null && max !== null && max < min) wrong('max', 'The most must not be less than the fewest');
    values['controller'] = 'RepeatPageController';
    const name = repeatName(definition, page, item);
    values['repeat'] = { options: { name, title: item }, schema: { min: min ?? 1, max: max ?? 1 } };
    const chosen = readWithin(definition, name, posted);
    ({ within } = chosen);
    if (chosen.error !== null) wrong('within', chosen.error);
  }
  return { values, within, errors };
}

const keep = (page: JsonObject, key: string): JsonObject => {
  const value = page[key];
  return value === undefined ? {} : { [key]: value };
};

function count(posted: Posted, name: string): number | null {
  const text = fieldOf(posted, name);
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}

/** Pages whose items have the same name are asked together for each item; letters only, as V2 wants it. */
function repeatName(definition: JsonObject, page: JsonObject | null, title: string): string {
  const same = pagesOf(definition).find(
    (each) => each !== page && textAt(each, 'repeat.options.title').toLowerCase() === title.toLowerCase(),
  );
  if (same) return textAt(same, 'repeat.options.name');
  const own = page ? textAt(page, 'repeat.options.name') : '';
  if (own !== '' && page && textAt(page, 'repeat.options.title') === title) return own;
  const plain =
    title
      .normalize('NFD')
      .replaceAll(/[^A-Za-z]/g, '')
      .slice(0, 30) || 'item';
  const used = new Set(pagesOf(definition).map((each) => textAt(each, 'repeat.options.name')));
  let name = plain.charAt(0).toLowerCase() + plain.slice(1);
  while (used.has(name)) name += 'x';
  return name;
}
