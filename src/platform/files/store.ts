import { join } from 'node:path';
import type { Database } from '../database.ts';
import type { Part } from '../part.ts';
import type { Keyring } from '../secrets.ts';
import type { Settings } from '../settings.ts';
import { createClamdScanner, readClamdAddress } from './clamd.ts';
import { settleFile, settleJob, type FileStore } from './files.ts';
import { createFolderStorage } from './folder-storage.ts';
import { createS3Storage, readS3Address } from './s3-storage.ts';
import { developmentScanner, type Scanner } from './scanner.ts';

/** The store that the settings name. Nothing is reached for until a file comes. */
export function createFileStore(
  settings: Pick<Settings, 'dataFolder' | 'fileStorage' | 'fileScanner' | 'fileMegabytes'>,
  { database, keyring }: { database: Database; keyring: Keyring },
): FileStore {
  const folder = createFolderStorage(join(settings.dataFolder, 'uploads'));
  const s3 = settings.fileStorage === undefined ? undefined : createS3Storage(readS3Address(settings.fileStorage));
  return {
    database,
    keyring,
    storage: s3 ?? folder,
    olderStorages: s3 === undefined ? [] : [folder],
    scanner: scannerOf(settings.fileScanner),
    mostBytes: settings.fileMegabytes * 1_000_000,
  };
}

function scannerOf(address: string | undefined): Scanner | null {
  if (address === undefined) return null;
  if (address === 'development') return developmentScanner;
  const clamd = readClamdAddress(address);
  return clamd === undefined ? null : createClamdScanner(clamd);
}

/** What is done with files in the background, and which of their columns are sealed. */
export function createKeptFiles(store: FileStore): Required<Pick<Part, 'jobs' | 'sealedColumns'>> {
  return {
    jobs: [
      {
        name: settleJob,
        run: async (payload, { scope, log }) => {
          const tries = Number(payload['tries'] ?? 0);
          await settleFile(store, scope, String(payload['fileId']), tries, log);
        },
      },
    ],
    sealedColumns: ['sealed_name', 'sealed_key'].map((column) => ({
      table: 'files',
      column,
      key: ['organisation_id', 'id'],
    })),
  };
}
