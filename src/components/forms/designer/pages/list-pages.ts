import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageError } from '#design';
import { newId, Problem } from '#platform';
import type { Server } from '#platform';
import type { JsonObject } from '../../definition/form.ts';
import {
  changeIn,
  conditionsOf,
  findById,
  idOf,
  itemsOf,
  listsOf,
  moveOne,
  nameFor,
  textAt,
  titleOfPage,
  withValue,
} from '../blueprint.ts';
import { nameOfComponent } from '../kinds.ts';
import { optionLines, readOptions } from '../options.ts';
import { conditionsAboutItem, usesOfList } from '../sentences.ts';
import { draftAddress, fieldOf, inner, managers, ofService, postedOf, readers } from './desk.ts';
import type { Desk, OpenDraft, Posted } from './desk.ts';
import { renderGroups, withTyped } from './fields.ts';
import type { FieldGroup } from './fields.ts';

const ofList = Type.Object({ ...ofService.properties, listId: inner });
const ofItem = Type.Object({ ...ofList.properties, itemId: inner });
const listAddress = `${draftAddress}/lists/:listId`;

/** Lists of options: which there are, who uses them, and their options one by one. */
export function addListPages(server: Server, { desk }: { desk: Desk }): void {
  server.get(`${draftAddress}/lists`, { config: readers, schema: { params: ofService } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    return desk.show(request, reply, open, 'lists', {
      title: 'Lists of the draft',
      current: '/lists',
      lists: listsOf(open.definition).map((list) => ({
        title: textAt(list, 'title') || textAt(list, 'name'),
        href: addressOf(open, list),
        count: itemsOf(list).length,
        first: itemsOf(list)
          .slice(0, 4)
          .map((item) => textAt(item, 'text'))
          .join('; '),
        uses: usesOfList(open.definition, idOf(list)).map(({ component }) => nameOfComponent(component)),
      })),
    });
  });

  server.get(
    `${draftAddress}/new-list`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      return showFields(request, reply, open, null, listGroups(null));
    },
  );

  server.post(
    `${draftAddress}/new-list`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const posted = postedOf(request);
      const { title, items, errors } = readList(open.definition, null, posted);
      if (errors.length > 0) {
        return showFields(request, reply.code(422), open, null, withTyped(listGroups(null), posted), errors);
      }
      const id = newId();
      return desk.change(request, reply, open, {
        what: `Added the list “${title}”`,
        restsOn: (definition) => listsOf(definition).map((list) => textAt(list, 'title')),
        change: (definition) => ({
          ...definition,
          lists: [
            ...listsOf(definition),
            {
              id,
              name: nameFor(
                `list ${title}`,
                listsOf(definition).map((list) => textAt(list, 'name')),
              ),
              title,
              type: 'string',
              items,
            },
          ],
        }),
        to: `${open.address}/lists/${id}`,
      });
    },
  );

  server.get(listAddress, { config: readers, schema: { params: ofList } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const list = listOf(open, request.params.listId);
    const items = itemsOf(list);
    return desk.show(request, reply, open, 'list', {
      title: `List “${textAt(list, 'title')}”`,
      list: {
        title: textAt(list, 'title') || textAt(list, 'name'),
        items: items.map((item, index) => ({
          key: encodeURIComponent(idOf(item)),
          text: textAt(item, 'text'),
          value: textAt(item, 'value'),
          hint: textAt(item, 'hint.text') || textAt(item, 'description'),
          mayGoUp: index > 0,
          mayGoDown: index < items.length - 1,
        })),
        uses: usesOfList(open.definition, idOf(list)).map(({ page, component }) => ({
          text: `“${nameOfComponent(component)}” on the page “${titleOfPage(page)}”`,
          href: `${open.address}/pages/${encodeURIComponent(idOf(page))}`,
        })),
      },
      listAddress: addressOf(open, list),
    });
  });

  server.get(`${listAddress}/settings`, { config: managers, schema: { params: ofList } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const list = listOf(open, request.params.listId);
    return showFields(request, reply, open, list, listGroups(list));
  });

  server.post(`${listAddress}/settings`, { config: managers, schema: { params: ofList } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const list = listOf(open, request.params.listId);
    const posted = postedOf(request);
    const { title, items, errors } = readList(open.definition, list, posted);
    if (errors.length > 0) {
      return showFields(request, reply.code(422), open, list, withTyped(listGroups(list), posted), errors);
    }
    return changeList(request, reply, open, list, `Changed the list “${title}”`, (current) => ({
      ...current,
      title,
      items,
    }));
  });

  server.get(
    `${listAddress}/items/:itemId`,
    { config: managers, schema: { params: ofItem } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const list = listOf(open, request.params.listId);
      return showItem(request, reply, open, list, itemGroups(open.definition, itemOf(list, request.params.itemId)));
    },
  );

  server.post(
    `${listAddress}/items/:itemId`,
    { config: managers, schema: { params: ofItem } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const list = listOf(open, request.params.listId);
      const item = itemOf(list, request.params.itemId);
      const posted = postedOf(request);
      const { change, errors } = readItem(open.definition, list, item, posted);
      if (errors.length > 0) {
        return showItem(
          request,
          reply.code(422),
          open,
          list,
          withTyped(itemGroups(open.definition, item), posted),
          errors,
        );
      }
      return changeList(
        request,
        reply,
        open,
        list,
        `Changed the option “${fieldOf(posted, 'text')}” of the list “${textAt(list, 'title')}”`,
        (current) => ({
          ...current,
          items: itemsOf(current).map((each) => (idOf(each) === idOf(item) ? change(each) : each)),
        }),
      );
    },
  );

  server.post(
    `${listAddress}/items/:itemId/place`,
    { config: managers, schema: { params: ofItem } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const list = listOf(open, request.params.listId);
      const item = itemOf(list, request.params.itemId);
      const way = fieldOf(postedOf(request), 'way') === 'up' ? 'up' : 'down';
      const what = `Moved the option “${textAt(item, 'text')}” ${way} in the list “${textAt(list, 'title')}”`;
      return changeList(request, reply, open, list, what, (current) => ({
        ...current,
        items: moveOne(itemsOf(current), idOf(item), way),
      }));
    },
  );

  server.get(`${listAddress}/removal`, { config: managers, schema: { params: ofList } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const list = listOf(open, request.params.listId);
    return desk.show(request, reply, open, 'removal', {
      title: `Remove the list “${textAt(list, 'title')}”`,
      heading: `Do you want to remove the list “${textAt(list, 'title')}”?`,
      uses: usesOfList(open.definition, idOf(list)).map(({ page, component }) => ({
        text: `“${nameOfComponent(component)}” shows it`,
        href: `${open.address}/pages/${encodeURIComponent(idOf(page))}`,
      })),
      back: addressOf(open, list),
    });
  });

  server.post(`${listAddress}/removal`, { config: managers, schema: { params: ofList } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const list = listOf(open, request.params.listId);
    // The page that asks says why not.
    const isUsed =
      usesOfList(open.definition, idOf(list)).length > 0 ||
      itemsOf(list).some((item) => conditionsAboutItem(open.definition, idOf(list), idOf(item)).length > 0);
    if (isUsed) return reply.redirect(`${addressOf(open, list)}/removal`, 303);
    return desk.change(request, reply, open, {
      what: `Removed the list “${textAt(list, 'title')}”`,
      restsOn: (definition) => [
        findById(listsOf(definition), idOf(list)),
        usesOfList(definition, idOf(list)).map(({ component }) => component),
      ],
      change: (definition) => changeIn(definition, 'lists', idOf(list), () => null),
      to: `${open.address}/lists`,
    });
  });

  function changeList(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    list: JsonObject,
    what: string,
    change: (current: JsonObject) => JsonObject,
  ): Promise<FastifyReply> {
    return desk.change(request, reply, open, {
      what,
      restsOn: (definition) => findById(listsOf(definition), idOf(list)),
      change: (definition) => changeIn(definition, 'lists', idOf(list), change),
      to: addressOf(open, list),
    });
  }

  function showFields(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    list: JsonObject | null,
    groups: readonly FieldGroup[],
    errors: readonly PageError[] = [],
  ): FastifyReply {
    return desk.show(request, reply, open, 'fields', {
      title: list ? `Change the list “${textAt(list, 'title')}”` : 'Add a list',
      heading: list ? 'Change the list' : 'Add a list',
      fieldsHtml: renderGroups(groups, errors),
      button: list ? 'Save' : 'Add the list',
      back: list ? addressOf(open, list) : `${open.address}/lists`,
      errors,
    });
  }

  function showItem(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    list: JsonObject,
    groups: readonly FieldGroup[],
    errors: readonly PageError[] = [],
  ): FastifyReply {
    return desk.show(request, reply, open, 'fields', {
      title: `Change an option of “${textAt(list, 'title')}”`,
      heading: 'Change the option',
      caption: textAt(list, 'title'),
      fieldsHtml: renderGroups(groups, errors),
      button: 'Save',
      back: addressOf(open, list),
      errors,
    });
  }
}

function listOf(open: OpenDraft, listId: string): JsonObject {
  const list = findById(listsOf(open.definition), listId);
  if (!list) throw new Problem('not-found', { detail: 'the draft has no such list' });
  return list;
}

function itemOf(list: JsonObject, itemId: string): JsonObject {
  const item = findById(itemsOf(list), itemId);
  if (!item) throw new Problem('not-found', { detail: 'the list has no such option' });
  return item;
}

const addressOf = (open: OpenDraft, list: JsonObject): string =>
  `${open.address}/lists/${encodeURIComponent(idOf(list))}`;

function listGroups(list: JsonObject | null): FieldGroup[] {
  return [
    {
      fields: [
        {
          as: 'text',
          id: 'title',
          label: 'Name of the list',
          hint: 'People do not see it',
          value: list ? textAt(list, 'title') : '',
        },
        {
          as: 'lines',
          id: 'options',
          label: 'Options',
          hint: 'One on each line, in the order in which people see them',
          rows: 10,
          value: list ? optionLines(list) : '',
        },
      ],
    },
  ];
}

function readList(definition: JsonObject, list: JsonObject | null, posted: Posted) {
  const errors: PageError[] = [];
  const title = fieldOf(posted, 'title');
  if (title === '' || title.length > 200) errors.push({ href: '#title', text: 'Enter a name for the list' });
  else if (listsOf(definition).some((each) => each !== list && textAt(each, 'title') === title)) {
    errors.push({ href: '#title', text: 'Another list has this name. Choose another' });
  }
  const read = readOptions(definition, list, fieldOf(posted, 'options'));
  errors.push(...read.errors.map((text) => ({ href: '#options', text })));
  return { title, items: read.items, errors };
}

function itemGroups(definition: JsonObject, item: JsonObject): FieldGroup[] {
  const conditions = conditionsOf(definition);
  return [
    {
      fields: [
        { as: 'text', id: 'text', label: 'Option', value: textAt(item, 'text') },
        {
          as: 'text',
          id: 'hint',
          label: 'Hint',
          hint: 'Shown under the option',
          value: textAt(item, 'hint.text') || textAt(item, 'description'),
        },
        { as: 'text', id: 'value', label: 'Value in downloads and webhooks', value: textAt(item, 'value') },
      ],
    },
    {
      inside: 'Who may choose it',
      fields:
        conditions.length === 0
          ? []
          : [
              {
                as: 'select',
                id: 'condition',
                label: 'Who sees this option',
                value: textAt(item, 'condition'),
                items: [
                  { value: '', text: 'Everybody' },
                  ...conditions.map((each) => ({ value: idOf(each), text: `Only if: ${textAt(each, 'displayName')}` })),
                ],
              },
            ],
    },
  ];
}

function readItem(definition: JsonObject, list: JsonObject, item: JsonObject, posted: Posted) {
  const errors: PageError[] = [];
  const others = itemsOf(list).filter((each) => each !== item);
  const [text, value, hint] = [fieldOf(posted, 'text'), fieldOf(posted, 'value'), fieldOf(posted, 'hint')];
  if (text === '') errors.push({ href: '#text', text: 'Enter the option' });
  else if (others.some((each) => textAt(each, 'text') === text)) {
    errors.push({ href: '#text', text: 'Another option has these words. Choose others' });
  }
  const isNumber = textAt(list, 'type') === 'number';
  if (value === '' || value.length > 200) errors.push({ href: '#value', text: 'Enter the value in downloads' });
  else if (isNumber && !/^-?\d{1,12}(\.\d{1,6})?$/.test(value)) {
    errors.push({ href: '#value', text: 'The values of this list are numbers. Enter a number' });
  } else if (others.some((each) => textAt(each, 'value') === value)) {
    errors.push({ href: '#value', text: 'Another option has this value. Choose another' });
  }
  const change = (current: JsonObject): JsonObject => {
    const condition = findById(conditionsOf(definition), fieldOf(posted, 'condition'));
    const plain: JsonObject = { ...current, text, value: isNumber ? Number(value) : value };
    const words = withValue(plain, 'condition', condition ? idOf(condition) : null);
    return withValue(withValue(words, 'description', null), 'hint', hint === '' ? null : { id: newId(), text: hint });
  };
  return { change, errors };
}
