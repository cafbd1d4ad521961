import { Type } from 'typebox';
import { components, escapeHtml } from '#design';
import { Problem } from '#platform';
import type { Server } from '#platform';
import type { JsonObject } from '../../definition/form.ts';
import {
  addLanguage,
  languageNames,
  languagesOf,
  missingTexts,
  nameOfLanguage,
  removeLanguage,
  textGroups,
  translationOf,
  withTranslations,
} from '../translations.ts';
import type { TextGroup } from '../translations.ts';
import { draftAddress, fieldOf, inner, managers, ofService, postedOf, readers } from './desk.ts';
import type { Desk, OpenDraft } from './desk.ts';

const language = Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$', maxLength: 35 });
const ofLanguage = Type.Object({ ...ofService.properties, language });
const ofGroup = Type.Object({ ...ofLanguage.properties, groupId: inner });

/** The languages of a form, and translating it side by side. */
export function addLanguagePages(server: Server, { desk }: { desk: Desk }): void {
  server.get(
    `${draftAddress}/languages`,
    { config: readers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      return desk.show(request, reply, open, 'languages', { title: 'Languages of the draft', ...overview(open) });
    },
  );

  server.post(
    `${draftAddress}/languages`,
    { config: managers, schema: { params: ofService } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const tag = fieldOf(postedOf(request), 'language');
      if (!Object.hasOwn(languageNames, tag) || languagesOf(open.definition).includes(tag)) {
        return desk.show(request, reply.code(422), open, 'languages', {
          title: 'Languages of the draft',
          ...overview(open),
          errors: [{ href: '#language', text: 'Select a language that the form does not have yet' }],
        });
      }
      return desk.change(request, reply, open, {
        what: `Added the language ${nameOfLanguage(tag)}`,
        restsOn: languagesOf,
        change: (definition) => addLanguage(definition, tag),
        to: `${open.address}/languages/${tag}`,
      });
    },
  );

  server.get(
    `${draftAddress}/languages/:language`,
    { config: readers, schema: { params: ofLanguage } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const tag = languageOf(open, request.params.language);
      return desk.show(request, reply, open, 'language', {
        title: `${nameOfLanguage(tag)} texts of the draft`,
        name: nameOfLanguage(tag),
        groups: textGroups(open.definition).map((group) => ({
          title: group.title,
          href: `${open.address}/languages/${tag}/${encodeURIComponent(group.key)}`,
          all: group.texts.length,
          missing: missingOf(open.definition, tag, group),
        })),
        removal: `${open.address}/languages/${tag}/removal`,
      });
    },
  );

  server.get(
    `${draftAddress}/languages/:language/:groupId`,
    { config: managers, schema: { params: ofGroup } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const tag = languageOf(open, request.params.language);
      const group = groupOf(open, request.params.groupId);
      return desk.show(request, reply, open, 'translation', {
        title: `${nameOfLanguage(tag)}: ${group.title}`,
        heading: group.title,
        language: tag,
        name: nameOfLanguage(tag),
        from: nameOfLanguage(languagesOf(open.definition)[0] ?? 'en'),
        rows: group.texts.map((text, index) => ({
          label: text.label,
          text: text.text,
          fieldHtml: translationField(tag, index, text.label, translationOf(open.definition, tag, text), text.text),
        })),
        back: `${open.address}/languages/${tag}`,
      });
    },
  );

  server.post(
    `${draftAddress}/languages/:language/removal`,
    { config: managers, schema: { params: ofLanguage } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const tag = languageOf(open, request.params.language);
      return desk.change(request, reply, open, {
        what: `Removed the language ${nameOfLanguage(tag)} and its translations`,
        restsOn: (definition) => [languagesOf(definition), definition['metadata'] ?? null],
        change: (definition) => removeLanguage(definition, tag),
        to: `${open.address}/languages`,
      });
    },
  );

  server.post(
    `${draftAddress}/languages/:language/:groupId`,
    { config: managers, schema: { params: ofGroup } },
    async (request, reply) => {
      const open = await desk.open(request, request.params);
      const tag = languageOf(open, request.params.language);
      const group = groupOf(open, request.params.groupId);
      const posted = postedOf(request);
      const words = group.texts.map(({ id, field }, index) => ({ id, field, words: fieldOf(posted, `text-${index}`) }));
      return desk.change(request, reply, open, {
        what: `Translated “${group.title}” into ${nameOfLanguage(tag)}`,
        // The fields are known by their places: what is translated must be what was shown.
        restsOn: (definition) => {
          const now = textGroups(definition).find(({ key }) => key === group.key);
          return [now?.texts, now?.texts.map((text) => translationOf(definition, tag, text))];
        },
        change: (definition) => withTranslations(definition, tag, words),
        to: `${open.address}/languages/${tag}`,
      });
    },
  );
}

function overview(open: OpenDraft) {
  const [first = 'en', ...others] = languagesOf(open.definition);
  const all = textGroups(open.definition).reduce((sum, { texts }) => sum + texts.length, 0);
  return {
    current: '/languages',
    first: nameOfLanguage(first),
    others: others.map((tag) => ({
      name: nameOfLanguage(tag),
      href: `${open.address}/languages/${tag}`,
      all,
      missing: missingTexts(open.definition, tag).length,
    })),
    choices: [
      { value: '', text: 'Choose a language' },
      ...Object.entries(languageNames)
        .filter(([tag]) => tag !== first && !others.includes(tag))
        .map(([value, text]) => ({ value, text })),
    ],
  };
}

function missingOf(definition: JsonObject, tag: string, group: TextGroup): number {
  return group.texts.filter((text) => translationOf(definition, tag, text).trim() === '').length;
}

function languageOf(open: OpenDraft, tag: string): string {
  if (!languagesOf(open.definition).slice(1).includes(tag)) throw new Problem('not-found');
  return tag;
}

function groupOf(open: OpenDraft, key: string): TextGroup {
  const group = textGroups(open.definition).find((each) => each.key === key);
  if (!group) throw new Problem('not-found');
  return group;
}

function translationField(tag: string, index: number, label: string, value: string, source: string): string {
  const id = `text-${index}`;
  const common = {
    id,
    name: id,
    label: {
      html: `${escapeHtml(label)}<span class="govuk-visually-hidden"> in ${escapeHtml(nameOfLanguage(tag))}</span>`,
    },
    value,
    attributes: { lang: tag },
  };
  return source.length > 80 || source.includes('\n')
    ? components.textarea({ ...common, rows: Math.min(12, Math.ceil(source.length / 60) + 1) })
    : components.input(common);
}
