import { findFiles, forgetFile, forgetFiles, keepFile, moveFiles } from '#platform';
import type { FileOwner, Keyring, ReceivedFile, Tx } from '#platform';
import type { Service } from '#organisations';
import { lockApplication, ownedByApplication } from '../applications/applications.ts';
import type { Holder } from '../applications/applications.ts';
import { findApplication } from '../applications/steps.ts';
import { savePageIn } from '../applications/page-saver.ts';
import type { Saving } from '../applications/page-saver.ts';
import type { CompiledPage } from '../versions/compile.ts';
import type { Answers, FileUploadQuestion, UploadedFile } from '../definition/form.ts';
import { filesOf, mostFiles } from '../questions/file-upload.ts';
import type { ShownFile } from '../questions/file-upload.ts';

/** What the files of an application belong to when it was sent. */
export const ownedBySubmission = (id: string): FileOwner => ({ kind: 'forms.submission', id });

/** The questions of a page that ask for files. */
export function uploadQuestions(page: Pick<CompiledPage, 'questions'>): FileUploadQuestion[] {
  return page.questions.flatMap(({ question }) => (question.kind === 'file-upload' ? [question] : []));
}

/** What a person does with the files of a page in one step. */
export interface FileChanges {
  /** By the key of the question: what was received and belongs to nothing yet. */
  added: ReadonlyMap<string, readonly ReceivedFile[]>;
  /** Ids of files of this page. Others are passed over. */
  removed: readonly string[];
}

/** What became of it. */
export interface SavedFiles {
  saving: Saving;
  answers: Answers;
  /** Keys of the questions that had no room for all that was added. */
  tooMany: string[];
}

/**
 * Saves a page with files: the answers that stand beside them, what was added and what was removed, all or none. Steps of
 * two windows at once follow one another, so that neither forgets the other's files.
 *
 * @param step.key of the page's row.
 * @param step.answers what was answered to the other questions of the page, without what was wrong.
 * @param step.after key of a page that must have been answered before, or null.
 */
export async function saveFiles(
  tx: Tx,
  keyring: Keyring,
  service: Service,
  holder: Holder,
  step: { page: CompiledPage; key: string; answers: Answers; changes: FileChanges; after: string | null },
): Promise<SavedFiles> {
  const { page, key: row, changes, after } = step;
  await lockApplication(tx, holder);
  const application = await findApplication(tx, keyring, service.id, holder, { answers: [row], presence: [] });
  const before = application?.saved.get(row) ?? {};
  const answers = new Map(Object.entries(step.answers));
  const kept: string[] = [];
  const gone: string[] = [];
  const tooMany: string[] = [];
  for (const question of uploadQuestions(page)) {
    const { key } = question;
    const old = filesOf(before[key]);
    const there = new Set(
      (
        await findFiles(
          tx,
          keyring,
          old.map(({ id }) => id),
        )
      ).map(({ id }) => id),
    );
    const staying = old.filter(({ id }) => there.has(id) && !changes.removed.includes(id));
    const added = changes.added.get(key) ?? [];
    const fresh = withoutCopies(added, staying);
    const taken = fresh.slice(0, Math.max(mostFiles(question) - staying.length, 0));
    if (taken.length < fresh.length) tooMany.push(key);
    kept.push(...taken.map(({ id }) => id));
    gone.push(...[...old, ...added].map(({ id }) => id));
    const files: UploadedFile[] = [...staying, ...taken.map(answerOf)];
    if (files.length > 0) answers.set(key, files);
    else answers.delete(key);
    for (const { id } of files) gone.splice(gone.indexOf(id), 1);
  }
  const saving = await savePageIn(tx, keyring, service, holder, {
    page,
    key: row,
    answers: Object.fromEntries(answers),
    after,
  });
  if (saving !== 'saved') {
    for (const files of changes.added.values()) for (const { id } of files) await forgetFile(tx, id);
    return { saving, answers: before, tooMany };
  }
  for (const id of kept) await keepFile(tx, id, ownedByApplication(holder.id));
  for (const id of gone) await forgetFile(tx, id);
  return { saving, answers: Object.fromEntries(answers), tooMany };
}

/** What is there already, by name and content, was sent a second time: whoever got no answer to the first sends it again. */
function withoutCopies(added: readonly ReceivedFile[], staying: readonly UploadedFile[]): ReceivedFile[] {
  const markOf = ({ name, digest = '' }: { name: string; digest?: string }): string => `${digest} ${name}`;
  const there = new Set(staying.map(markOf));
  return added.filter((file) => {
    const isNew = !there.has(markOf(file));
    there.add(markOf(file));
    return isNew;
  });
}

function answerOf({ id, name, kind, bytes, digest }: ReceivedFile): UploadedFile {
  return { id, name, type: kind.mediaTypes[0] ?? '', size: bytes, digest };
}

/** The files of a page as they are shown: with what the scanner found so far. Files that are not there any more are left out. */
export async function showFiles(
  tx: Tx,
  keyring: Keyring,
  page: Pick<CompiledPage, 'questions'>,
  answers: Answers,
): Promise<Readonly<Record<string, ShownFile[]>>> {
  const questions = uploadQuestions(page);
  const ids = questions.flatMap(({ key }) => filesOf(answers[key]).map(({ id }) => id));
  const states = new Map((await findFiles(tx, keyring, ids)).map(({ id, state }) => [id, state]));
  return Object.fromEntries(
    questions.map(({ key }) => [
      key,
      filesOf(answers[key]).flatMap((file) => {
        const state = states.get(file.id);
        return state === undefined ? [] : [{ ...file, state }];
      }),
    ]),
  );
}

/** Gives the files of an application to its submission; what was uploaded and is no answer any more goes. */
export async function handOverFiles(
  tx: Tx,
  { applicationId, submissionId, ids }: { applicationId: string; submissionId: string; ids: readonly string[] },
): Promise<void> {
  await moveFiles(tx, ids, ownedByApplication(applicationId), ownedBySubmission(submissionId));
  await forgetFiles(tx, ownedByApplication(applicationId));
}
