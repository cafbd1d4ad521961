import { components, escapeHtml } from '#design';
import { findFileKinds } from '#platform';
import type { FileKind, FileState } from '#platform';
import type { Answer, FileUploadQuestion, UploadedFile } from '../definition/form.ts';
import { commonParams, labelParams, mistake, selectMessage, wrong } from './question.ts';
import type { Mistake, Posted, QuestionKind } from './question.ts';
import { wordsOf } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { nothing } from './text.ts';

/** A file as its page shows it: with what the scanner has found so far. */
export interface ShownFile extends UploadedFile {
  state?: FileState;
}

/** How many files a question takes where the form does not say. */
const usualMost = 10;

/**
 * Files that a person sends. What was kept of them stands in the posted fields as `UploadedFile` objects, which nobody can
 * post: a body holds texts only. GOV.UK Design System, "File upload", has the words of the mistakes.
 */
export function fileUploadKind(question: FileUploadQuestion, words: Words = wordsOf('en')): QuestionKind {
  const { upload } = words;
  const { minFiles, exactFiles, key } = question;
  const most = mostFiles(question);
  return {
    parse(posted) {
      const files = postedFiles(posted, key);
      const count = files.length;
      if (count === 0) {
        return question.required ? wrong(mistake(question, 'required', selectMessage(question))) : nothing;
      }
      const infected = files.find(({ state }) => state === 'infected');
      if (infected) return wrong(virusMistake(question, infected, words));
      if (exactFiles !== null && count !== exactFiles) {
        return wrong(mistake(question, 'count', upload.exactly(upload.files(exactFiles)), { limit: exactFiles }));
      }
      if (minFiles !== null && count < minFiles) {
        return wrong(mistake(question, 'few', upload.atLeast(upload.files(minFiles)), { limit: minFiles }));
      }
      if (count > most) return wrong(mistake(question, 'many', tooMany(question, words), { limit: most }));
      return { answer: files.map(({ id, name, type, size }) => ({ id, name, type, size })), mistakes: [] };
    },
    fill: (answer) => ({ [key]: filesOf(answer) }),
    lines: (answer) => filesOf(answer).map(({ name }) => name),
    exported: (answer) => filesOf(answer).map(({ id, name, type, size }) => ({ id, name, type, size })),
    render(posted, mistakes, options) {
      const files = postedFiles(posted, key);
      const left = most - files.length;
      const input = components.fileUpload({
        id: key,
        name: key,
        label: labelParams(question, options),
        ...(left > 1 ? { multiple: true } : {}),
        ...commonParams({ hint: hintOf(question, words) }, mistakes),
      });
      const send = `<button type="submit" class="govuk-button govuk-button--secondary" name="upload" value="${escapeHtml(key)}" data-module="govuk-button">${escapeHtml(left > 1 ? upload.several : upload.one)}</button>`;
      if (files.length === 0) return input + send;
      // With as many files as are taken there is nothing to choose; the label still says what the files are.
      const full = `<div class="govuk-form-group" id="${escapeHtml(key)}" tabindex="-1">${heading(question, options.title)}${errors(mistakes)}</div>`;
      return (left > 0 ? input + send : full) + renderFiles(files, left > 0, words);
    },
  };
}

/** How many files a question takes at most. */
export function mostFiles({ maxFiles, exactFiles }: FileUploadQuestion): number {
  return Math.max(exactFiles ?? maxFiles ?? usualMost, 1);
}

/** The kinds of file that a question takes; empty where it takes every kind that is known. */
export function kindsTaken({ accept }: FileUploadQuestion): FileKind[] {
  return findFileKinds(accept);
}

/** Why a chosen file was not taken, in the words of the design system. */
export function refusal(
  question: FileUploadQuestion,
  reason: 'empty' | 'too large' | 'wrong kind' | 'too many',
  { name, mostBytes }: { name: string; mostBytes: number },
  words: Words = wordsOf('en'),
): Mistake {
  const { upload } = words;
  const texts = {
    empty: upload.empty(name),
    'too large': upload.tooLarge(name, sizeInWords(mostBytes)),
    'wrong kind': upload.wrongKind(name, kindsInWords(question, words)),
    'too many': tooMany(question, words),
  } as const;
  return { field: question.key, text: texts[reason] };
}

/** What is said of a file in which the scanner found something. */
export function virusMistake(
  { key }: FileUploadQuestion,
  { name }: UploadedFile,
  { upload }: Words = wordsOf('en'),
): Mistake {
  return { field: key, text: upload.virus(name) };
}

/** A size as people read it: `25MB`. */
export function sizeInWords(bytes: number): string {
  if (bytes >= 1_000_000) return `${Number((bytes / 1_000_000).toFixed(1))}MB`;
  return bytes >= 1000 ? `${Math.round(bytes / 1000)}KB` : `${bytes} bytes`;
}

function tooMany(question: FileUploadQuestion, { upload }: Words): string {
  return upload.upTo(upload.files(mostFiles(question)));
}

function kindsInWords(question: FileUploadQuestion, { upload }: Words): string {
  const titles = kindsTaken(question).map(({ title }) => title);
  if (titles.length === 0) return upload.anyKind;
  return titles.length === 1 ? (titles[0] ?? '') : titles.slice(0, -1).join(', ') + upload.or + (titles.at(-1) ?? '');
}

/** The form's own hint, and what a file may be: nobody should have to find that out by a mistake. */
function hintOf(question: FileUploadQuestion, words: Words): string {
  const { upload } = words;
  const most = mostFiles(question);
  const kinds = kindsTaken(question).length === 0 ? '' : upload.eachKind(kindsInWords(question, words));
  const size = question.maxBytes === null ? null : sizeInWords(question.maxBytes);
  const both =
    size === null ? kinds : kinds === '' ? upload.eachSmaller(size) : kinds + upload.and + upload.smaller(size);
  const count = most === 1 ? '' : upload.mayUpload(upload.files(most));
  return [question.hint ?? '', both === '' ? '' : `${both}.`, count].filter((part) => part !== '').join(' ');
}

function heading(question: FileUploadQuestion, title: 'heading' | 'label' | 'hidden'): string {
  const text = escapeHtml(question.title);
  if (title === 'heading') return `<h1 class="govuk-heading-l">${text}</h1>`;
  return title === 'label' ? `<h2 class="govuk-heading-s">${text}</h2>` : '';
}

const colours = { waiting: 'yellow', clean: 'green', infected: 'red' } as const;

/** What was uploaded so far, each with a button that removes it. */
function renderFiles(files: readonly ShownFile[], more: boolean, { upload }: Words): string {
  const rows = files.map(({ id, name, size, state = 'clean' }) => {
    const shown = escapeHtml(name);
    const remove = `<button type="submit" class="govuk-button govuk-button--secondary govuk-!-margin-top-2 govuk-!-margin-bottom-0" name="remove" value="${escapeHtml(id)}">${escapeHtml(upload.remove)}<span class="govuk-visually-hidden"> ${shown}</span></button>`;
    return {
      key: { html: `${shown}<br><span class="govuk-hint govuk-!-margin-bottom-0">${sizeInWords(size)}</span>` },
      value: {
        html: `<div>${components.tag({ text: upload[state], classes: `govuk-tag--${colours[state]}` })}</div>${remove}`,
      },
    };
  });
  const title = `<h2 class="govuk-heading-m">${escapeHtml(more ? upload.soFar : upload.all)}</h2>`;
  return title + components.summaryList({ rows });
}

const errors = (mistakes: readonly Mistake[]): string =>
  mistakes.map(({ text }) => `<p class="govuk-error-message">${escapeHtml(text)}</p>`).join('');

/** The files among the posted fields of a question. */
export function postedFiles(posted: Posted, key: string): ShownFile[] {
  const value = Object.hasOwn(posted, key) ? posted[key] : undefined;
  return Array.isArray(value) ? value.filter((each) => isUploadedFile(each)) : [];
}

/** The files of an answer; none where it is no answer of files. */
export function filesOf(answer: Answer | null | undefined): UploadedFile[] {
  return Array.isArray(answer) ? answer.filter((each) => isUploadedFile(each)) : [];
}

function isUploadedFile(value: unknown): value is UploadedFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'name' in value &&
    typeof value.name === 'string' &&
    'type' in value &&
    typeof value.type === 'string' &&
    'size' in value &&
    typeof value.size === 'number'
  );
}
