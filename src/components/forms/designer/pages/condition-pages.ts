import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { PageError } from '#design';
import { newId, Problem } from '#platform';
import type { Server } from '#platform';
import type { JsonObject } from '../../definition/form.ts';
import { readSentence, sentenceFields } from '../sentence-form.ts';
import {
  changeIn,
  conditionsOf,
  findById,
  idOf,
  objectsIn,
  pagesOf,
  placedComponents,
  textAt,
  titleOfPage,
} from '../blueprint.ts';
import { comparisonsOf, dependentsOfCondition, describeCondition, describeSentence } from '../sentences.ts';
import { nameOfComponent } from '../kinds.ts';
import { draftAddress, fieldOf, inner, managers, ofService, postedOf, readers } from './desk.ts';
import type { Desk, OpenDraft, Posted } from './desk.ts';
import { renderGroups, withTyped } from './fields.ts';
import type { FieldGroup } from './fields.ts';

const ofCondition = Type.Object({ ...ofService.properties, conditionId: inner });
const ofSentence = Type.Object({ ...ofCondition.properties, sentenceId: inner });
const about = Type.Object({ about: Type.Optional(Type.String({ maxLength: 200 })) });
const listAddress = `${draftAddress}/conditions`;
const conditionAddress = `${listAddress}/:conditionId`;

/** Conditions: what turns on what, and each made of sentences. */
export function addConditionPages(server: Server, { desk }: { desk: Desk }): void {
  server.get(listAddress, { config: readers, schema: { params: ofService } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const { definition } = open;
    return desk.show(request, reply, open, 'conditions', {
      title: 'Conditions of the draft',
      current: '/conditions',
      conditions: conditionsOf(definition).map((condition) => describe(open, condition)),
      mayAdd: placedComponents(definition).some(({ component }) => comparisonsOf(component).length > 0),
    });
  });

  server.get(
    `${draftAddress}/new-condition`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      return showName(request, reply, open, null, nameGroups(null));
    },
  );

  server.post(
    `${draftAddress}/new-condition`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const posted = postedOf(request);
      const { values, errors } = readName(open.definition, null, posted);
      if (errors.length > 0) {
        return showName(request, reply.code(422), open, null, withTyped(nameGroups(null), posted), errors);
      }
      const id = newId();
      return desk.change(request, reply, open, {
        what: `Added the condition “${textAt(values, 'displayName')}”`,
        restsOn: (definition) => conditionsOf(definition).map((each) => textAt(each, 'displayName')),
        change: (definition) => ({
          ...definition,
          conditions: [...conditionsOf(definition), { id, ...values, items: [] }],
        }),
        to: `${open.address}/conditions/${id}/new-sentence`,
      });
    },
  );

  server.get(conditionAddress, { config: readers, schema: { params: ofCondition } }, async (request, reply) => {
    const open = await desk.open(request, request.params);
    const condition = conditionOf(open, request.params.conditionId);
    return desk.show(request, reply, open, 'condition', {
      title: `Condition “${textAt(condition, 'displayName')}”`,
      condition: describe(open, condition),
      sentences: objectsIn(condition, 'items').map((item) => ({
        key: encodeURIComponent(idOf(item)),
        words: describeSentence(open.definition, item),
      })),
      word: textAt(condition, 'coordinator') === 'or' ? 'or' : 'and',
      conditionAddress: addressOf(open, condition),
    });
  });

  server.get(
    `${conditionAddress}/settings`,
    { config: managers, schema: { params: ofCondition } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const condition = conditionOf(open, request.params.conditionId);
      return showName(request, reply, open, condition, nameGroups(condition));
    },
  );

  server.post(
    `${conditionAddress}/settings`,
    { config: managers, schema: { params: ofCondition } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const condition = conditionOf(open, request.params.conditionId);
      const posted = postedOf(request);
      const { values, errors } = readName(open.definition, condition, posted);
      if (errors.length > 0) {
        const groups = withTyped(nameGroups(condition), posted);
        return showName(request, reply.code(422), open, condition, groups, errors);
      }
      return changeCondition(request, reply, open, condition, {
        what: `Changed the condition “${textAt(values, 'displayName')}”`,
        change: (current) => ({ ...current, ...values }),
      });
    },
  );

  server.get(
    `${conditionAddress}/new-sentence`,
    { config: managers, schema: { params: ofCondition, querystring: about } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const condition = conditionOf(open, request.params.conditionId);
      const groups = sentenceFields(open.definition, request.query.about ?? '');
      if (groups) return showSentence(request, reply, open, condition, groups);
      const others = conditionsOf(open.definition).filter((each) => !refersTo(open.definition, each, idOf(condition)));
      return desk.show(request, reply, open, 'new-sentence', {
        title: `Add a sentence to “${textAt(condition, 'displayName')}”`,
        caption: textAt(condition, 'displayName'),
        action: `${addressOf(open, condition)}/new-sentence`,
        back: addressOf(open, condition),
        questions: pagesOf(open.definition).flatMap((page) =>
          objectsIn(page, 'components')
            .filter((component) => comparisonsOf(component).length > 0)
            .map((component) => ({
              value: idOf(component),
              text: nameOfComponent(component),
              hint: { text: `On the page “${titleOfPage(page)}”` },
            })),
        ),
        others: others.map((each) => ({
          value: idOf(each),
          text: `“${textAt(each, 'displayName')}” holds`,
          hint: { text: describeCondition(open.definition, each) || 'It has no sentence yet' },
        })),
        errors:
          request.query.about === undefined
            ? undefined
            : [{ href: '#about', text: 'Select what the sentence is about' }],
      });
    },
  );

  server.post(
    `${conditionAddress}/new-sentence`,
    { config: managers, schema: { params: ofCondition, querystring: about } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const condition = conditionOf(open, request.params.conditionId);
      const subject = request.query.about ?? '';
      const other = findById(conditionsOf(open.definition), subject);
      if (other) {
        if (refersTo(open.definition, other, idOf(condition))) {
          throw new Problem('unprocessable', { message: 'A condition cannot depend on itself. Choose another.' });
        }
        return addItem(request, reply, open, condition, { id: newId(), conditionId: subject });
      }
      const posted = postedOf(request);
      const read = readSentence(open.definition, subject, posted);
      if (!read) return reply.redirect(`${addressOf(open, condition)}/new-sentence`, 303);
      if (read.errors.length > 0) {
        const groups = withTyped(sentenceFields(open.definition, subject) ?? [], posted);
        return showSentence(request, reply.code(422), open, condition, groups, read.errors);
      }
      return addItem(request, reply, open, condition, { id: newId(), ...read.item });
    },
  );

  server.post(
    `${conditionAddress}/sentences/:sentenceId/removal`,
    { config: managers, schema: { params: ofSentence } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const condition = conditionOf(open, request.params.conditionId);
      const item = findById(objectsIn(condition, 'items'), request.params.sentenceId);
      if (!item) throw new Problem('not-found');
      return changeCondition(request, reply, open, condition, {
        what: `Took a sentence out of the condition “${textAt(condition, 'displayName')}”: ${describeSentence(open.definition, item)}`,
        change: (current) => ({
          ...current,
          items: objectsIn(current, 'items').filter((each) => idOf(each) !== idOf(item)),
        }),
      });
    },
  );

  server.get(
    `${conditionAddress}/removal`,
    { config: managers, schema: { params: ofCondition } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const condition = conditionOf(open, request.params.conditionId);
      return desk.show(request, reply, open, 'removal', {
        title: `Remove the condition “${textAt(condition, 'displayName')}”`,
        heading: `Do you want to remove the condition “${textAt(condition, 'displayName')}”?`,
        uses: describe(open, condition).decides,
        back: addressOf(open, condition),
      });
    },
  );

  server.post(
    `${conditionAddress}/removal`,
    { config: managers, schema: { params: ofCondition } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const condition = conditionOf(open, request.params.conditionId);
      // The page that asks says why not.
      if (describe(open, condition).decides.length > 0) {
        return reply.redirect(`${addressOf(open, condition)}/removal`, 303);
      }
      return desk.change(request, reply, open, {
        what: `Removed the condition “${textAt(condition, 'displayName')}”`,
        restsOn: (definition) => [conditionsOf(definition), dependentsOfCondition(definition, idOf(condition))],
        change: (definition) => changeIn(definition, 'conditions', idOf(condition), () => null),
        to: `${open.address}/conditions`,
      });
    },
  );

  function addItem(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    condition: JsonObject,
    item: JsonObject,
  ): Promise<FastifyReply> {
    return changeCondition(request, reply, open, condition, {
      what: `Added to the condition “${textAt(condition, 'displayName')}”: ${describeSentence(open.definition, item)}`,
      change: (current) => {
        const items = [...objectsIn(current, 'items'), item];
        // V2 wants a word between sentences as soon as there are two.
        return items.length > 1 && textAt(current, 'coordinator') === ''
          ? { ...current, coordinator: 'and', items }
          : { ...current, items };
      },
    });
  }

  function changeCondition(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    condition: JsonObject,
    { what, change }: { what: string; change: (current: JsonObject) => JsonObject },
  ): Promise<FastifyReply> {
    return desk.change(request, reply, open, {
      what,
      restsOn: (definition) => findById(conditionsOf(definition), idOf(condition)),
      change: (definition) => changeIn(definition, 'conditions', idOf(condition), change),
      to: addressOf(open, condition),
    });
  }

  function showName(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    condition: JsonObject | null,
    groups: readonly FieldGroup[],
    errors: readonly PageError[] = [],
  ): FastifyReply {
    return desk.show(request, reply, open, 'fields', {
      title: condition ? `Change the condition “${textAt(condition, 'displayName')}”` : 'Add a condition',
      heading: condition ? 'Change the condition' : 'Add a condition',
      lead: condition ? null : 'First its name. Then it is made of sentences about answers.',
      fieldsHtml: renderGroups(groups, errors),
      button: condition ? 'Save' : 'Continue',
      back: condition ? addressOf(open, condition) : `${open.address}/conditions`,
      errors,
    });
  }

  function showSentence(
    request: FastifyRequest,
    reply: FastifyReply,
    open: OpenDraft,
    condition: JsonObject,
    groups: readonly FieldGroup[],
    errors: readonly PageError[] = [],
  ): FastifyReply {
    return desk.show(request, reply, open, 'fields', {
      title: `Add a sentence to “${textAt(condition, 'displayName')}”`,
      heading: 'Add a sentence',
      caption: textAt(condition, 'displayName'),
      fieldsHtml: renderGroups(groups, errors),
      button: 'Add the sentence',
      back: `${addressOf(open, condition)}/new-sentence`,
      errors,
    });
  }
}

function conditionOf(open: OpenDraft, conditionId: string): JsonObject {
  const condition = findById(conditionsOf(open.definition), conditionId);
  if (!condition) throw new Problem('not-found', { detail: 'the draft has no such condition' });
  return condition;
}

const addressOf = (open: OpenDraft, condition: JsonObject): string =>
  `${open.address}/conditions/${encodeURIComponent(idOf(condition))}`;

/** Whether a condition is another, or depends on it: it cannot be a part of that one. */
function refersTo(definition: JsonObject, condition: JsonObject, id: string): boolean {
  const seen = new Set<string>();
  const open = [idOf(condition)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === id) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    const found = findById(conditionsOf(definition), next);
    if (found)
      open.push(
        ...objectsIn(found, 'items')
          .map((item) => textAt(item, 'conditionId'))
          .filter(Boolean),
      );
  }
  return false;
}

/** A condition in words, with what it turns on and what turns on it. */
function describe(open: OpenDraft, condition: JsonObject) {
  const { definition, address } = open;
  const { pages, components, conditions, options } = dependentsOfCondition(definition, idOf(condition));
  const asked = placedComponents(definition).filter(({ component }) =>
    objectsIn(condition, 'items').some((item) => textAt(item, 'componentId') === idOf(component)),
  );
  const pageAddress = (page: JsonObject): string => `${address}/pages/${encodeURIComponent(idOf(page))}`;
  return {
    name: textAt(condition, 'displayName'),
    href: addressOf(open, condition),
    words: describeCondition(definition, condition),
    turnsOn: asked.map(({ page, component }) => ({ text: nameOfComponent(component), href: pageAddress(page) })),
    decides: [
      ...pages.map((page) => ({ text: `Whether the page “${titleOfPage(page)}” is asked`, href: pageAddress(page) })),
      ...components.map(({ page, component }) => ({
        text: `Whether “${nameOfComponent(component)}” is shown`,
        href: pageAddress(page),
      })),
      ...options.map(({ list, item }) => ({
        text: `Whether “${textAt(item, 'text')}” can be chosen`,
        href: `${address}/lists/${encodeURIComponent(idOf(list))}`,
      })),
      ...conditions.map((each) => ({
        text: `The condition “${textAt(each, 'displayName')}”`,
        href: addressOf(open, each),
      })),
    ],
  };
}

function nameGroups(condition: JsonObject | null): FieldGroup[] {
  return [
    {
      fields: [
        {
          as: 'text',
          id: 'name',
          label: 'Name of the condition',
          hint: 'As you would say it, such as: Has a dog',
          value: condition ? textAt(condition, 'displayName') : '',
        },
        {
          as: 'radios',
          id: 'word',
          label: 'If it has more than one sentence',
          value: condition && textAt(condition, 'coordinator') === 'or' ? 'or' : 'and',
          items: [
            { value: 'and', text: 'All of them must hold' },
            { value: 'or', text: 'One of them is enough' },
          ],
        },
      ],
    },
  ];
}

function readName(
  definition: JsonObject,
  condition: JsonObject | null,
  posted: Posted,
): { values: JsonObject; errors: PageError[] } {
  const errors: PageError[] = [];
  const displayName = fieldOf(posted, 'name');
  if (displayName === '' || displayName.length > 200) {
    errors.push({ href: '#name', text: 'Enter a name for the condition, in 200 characters or less' });
  } else if (
    conditionsOf(definition).some((each) => each !== condition && textAt(each, 'displayName') === displayName)
  ) {
    errors.push({ href: '#name', text: 'Another condition has this name. Choose another' });
  }
  const word = fieldOf(posted, 'word');
  if (word !== 'and' && word !== 'or') {
    errors.push({ href: '#word', text: 'Select whether all sentences must hold or one is enough' });
  }
  return { values: { displayName, coordinator: word }, errors };
}
