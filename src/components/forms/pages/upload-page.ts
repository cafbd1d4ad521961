import type { FastifyRequest } from 'fastify';
import { components } from '#design';
import { FileRefused, readForm, receiveFile } from '#platform';
import type { ArrivingFile, FileStore, ReceivedFile, Scope } from '#platform';
import type { CompiledPage } from '../versions/compile.ts';
import type { FileUploadQuestion } from '../definition/form.ts';
import { kindsTaken, mostFiles, refusal, virusMistake } from '../questions/file-upload.ts';
import type { ShownFile } from '../questions/file-upload.ts';
import type { Mistake, Posted } from '../questions/questions.ts';
import { uploadQuestions } from '../uploads/uploads.ts';
import type { Words } from '../words/words.ts';

/** A page with files as it was sent: its fields, and the files that were stored and belong to nothing yet. */
export interface ReceivedPage {
  posted: Posted;
  added: ReadonlyMap<string, readonly ReceivedFile[]>;
  /** Files that were not taken. */
  mistakes: readonly Mistake[];
}

/** A form with more files than this at once is a mistake of the sender's. */
const mostAtOnce = 50;

/** How much more than it takes of a file is read and thrown away, so that the person is told on the page. */
const patience = 4;

/** Reads a posted page with files, and stores each as it comes. */
export async function receivePage(
  request: FastifyRequest,
  page: Pick<CompiledPage, 'questions'>,
  store: FileStore,
  scope: Scope,
  words: Words,
): Promise<ReceivedPage> {
  const questions = new Map(uploadQuestions(page).map((question) => [question.key, question]));
  const added = new Map<string, ReceivedFile[]>();
  const mistakes: Mistake[] = [];
  const onFile = async ({ field, name, content }: ArrivingFile): Promise<void> => {
    const question = questions.get(field);
    const taken = added.get(field) ?? [];
    added.set(field, taken);
    if (question === undefined || taken.length >= mostFiles(question)) {
      for await (const _ of content) continue;
      if (question) mistakes.push(refusal(question, 'too many', { name, mostBytes: 0 }, words));
      return;
    }
    const mostBytes = mostBytesOf(question, store);
    try {
      // Whoever stops reading must not end the stream: the rest of the form comes after it.
      const chunks = content.iterator({ destroyOnReturn: false });
      taken.push(await receiveFile(store, scope, chunks, { name, kinds: kindsTaken(question), mostBytes }));
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error;
      mistakes.push(refusal(question, error.reason, { name, mostBytes }, words));
      for await (const _ of content) continue;
    }
  };
  const fields = new Map<string, string[]>();
  await readForm(request, {
    mostFileBytes: store.mostBytes * patience,
    mostFiles: mostAtOnce,
    onFile,
    onField: (name, value) => void fields.set(name, [...(fields.get(name) ?? []), value]),
  });
  // As other forms are read: a field that comes once is a text, one that comes more often a list.
  const posted = Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
  );
  return { posted, added, mistakes };
}

function mostBytesOf({ maxBytes }: FileUploadQuestion, { mostBytes }: FileStore): number {
  return Math.min(maxBytes ?? mostBytes, mostBytes);
}

/** What is said of files that the scanner has found something in since they were uploaded. */
export function infectedFiles(
  page: Pick<CompiledPage, 'questions'>,
  files: Readonly<Record<string, readonly ShownFile[]>>,
  words: Words,
): Mistake[] {
  return uploadQuestions(page).flatMap((question) => {
    const infected = files[question.key]?.find(({ state }) => state === 'infected');
    return infected ? [virusMistake(question, infected, words)] : [];
  });
}

/** What is said where two windows together uploaded more than the question takes. */
export function noRoomFor(page: Pick<CompiledPage, 'questions'>, keys: readonly string[], words: Words): Mistake[] {
  return uploadQuestions(page)
    .filter(({ key }) => keys.includes(key))
    .map((question) => refusal(question, 'too many', { name: '', mostBytes: 0 }, words));
}

/** One mistake for each field: the first is the one to mend first. */
export function firstOfEach(mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.filter(({ field }, index) => mistakes.findIndex((each) => each.field === field) === index);
}

/** Stands on pages with files where nothing real scans them. */
export const notScannedWarning = ({ upload }: Words): string =>
  components.warningText({ text: upload.notScanned, iconFallbackText: '!' });
