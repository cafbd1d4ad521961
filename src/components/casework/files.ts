import { findFiles, openFile, Problem, recordAudit } from '#platform';
import type { FileStore, KeptFile, Keyring, Tx } from '#platform';
import { getCase, type Case } from './cases.ts';

/** The files among the answers of a case. What is erased is left out. */
export async function listCaseFiles(tx: Tx, keyring: Keyring, of: Pick<Case, 'answers'>): Promise<KeptFile[]> {
  return findFiles(
    tx,
    keyring,
    (of.answers ?? []).flatMap(({ files = [] }) => files),
  );
}

/**
 * Opens one of the files that came with a case, and records who did.
 *
 * @throws Problem not-found where the case has no such file; unavailable while it is not scanned; gone where it was infected.
 */
export async function openCaseFile(
  tx: Tx,
  { keyring, fileStore }: { keyring: Keyring; fileStore: FileStore },
  wanted: { serviceId: string; caseId: string; fileId: string },
): Promise<Awaited<ReturnType<typeof openFile>>> {
  const { id, reference, answers } = await getCase(tx, keyring, wanted);
  if (!(answers ?? []).some(({ files = [] }) => files.includes(wanted.fileId))) throw new Problem('not-found');
  const opened = await openFile(tx, fileStore, wanted.fileId);
  await recordAudit(tx, {
    action: 'casework.file-opened',
    subject: { kind: 'case', id, name: reference },
    detail: { file: wanted.fileId },
  });
  return opened;
}
