import type { Frames } from '#organisations';
import type { Calendar, Database, FileStore, Keyring, Part, Settings, Webhooks } from '#platform';
import { addApi } from './api/api.ts';
import { forgetOldBatches, sendBatchJob } from './batches/batches.ts';
import { sendRows } from './batches/sending.ts';
import { createSending, type HandOverSettings } from './hand-over/sending.ts';
import { addDownloadPages } from './files/download-pages.ts';
import { forgetExpiredFiles } from './files/linked-files.ts';
import { createIntake } from './intake.ts';
import { createKnownServices } from './known-services.ts';
import { recountDays } from './daily-counts.ts';
import { addPages } from './pages/pages.ts';
import { messagesPage } from './pages/section.ts';
import { addCallbackPages } from './pages/callback-pages.ts';
import { addProviderChangePages } from './pages/provider-change-pages.ts';
import { addProviderPages } from './pages/provider-pages.ts';
import { addReturnedLetterPages } from './pages/returned-letter-pages.ts';
import { createMessageHolder, eraseUnreferenced } from './personal-data.ts';

/** This part, joined to what it needs. */
export function createNotifyPart(dependencies: {
  database: Database;
  keyring: Keyring;
  settings: HandOverSettings & Pick<Settings, 'publicUrl'>;
  calendar: Calendar;
  frames: Frames;
  fileStore?: FileStore;
  webhooks: Webhooks;
}): Part {
  const { database, keyring } = dependencies;
  const fileStore = dependencies.fileStore ?? null;
  const acceptance = {
    database,
    keyring,
    known: createKnownServices(database),
    intake: createIntake(database),
    fileStore,
    publicUrl: dependencies.settings.publicUrl,
  };
  const sending = createSending({ ...dependencies, scanner: fileStore?.scanner ?? null });
  return {
    name: 'notify',
    folder: import.meta.dirname,
    routes: (server) => {
      addPages(server, { ...dependencies, acceptance });
      addCallbackPages(server, { ...dependencies, ...sending, acceptance });
      if (fileStore !== null) addDownloadPages(server, { database, keyring, fileStore });
      addApi(server, { ...dependencies, acceptance });
      sending.routes(server);
      addProviderChangePages(server, sending);
      addReturnedLetterPages(server, { database, ...sending });
      addProviderPages(server, { ...sending, database, settings: dependencies.settings });
    },
    jobs: [
      ...sending.jobs,
      {
        name: sendBatchJob,
        run: (payload, { scope }) => sendRows(acceptance, scope, String(payload['batchId'])),
      },
      {
        name: 'notify.count-days',
        schedule: '*/15 * * * *',
        run: () => recountDays(database, dependencies.calendar),
      },
      {
        name: 'notify.erase-old-messages',
        schedule: '41 3 * * *',
        run: async (_payload, { log }) => {
          log.info({ erased: await eraseUnreferenced(database) }, 'erased old messages without a reference');
          log.info({ forgotten: await forgetOldBatches(database) }, 'forgot batches that nobody sent');
          log.info({ forgotten: await forgetExpiredFiles(database) }, 'forgot files that were sent as links');
        },
      },
    ],
    background: sending.background,
    servicePages: [messagesPage],
    personalData: createMessageHolder(keyring),
    sealedColumns: [
      { table: 'messages', column: 'sealed_recipient', key: ['organisation_id', 'id'] },
      { table: 'messages', column: 'sealed_content', key: ['organisation_id', 'id'] },
      { table: 'guests', column: 'sealed_recipient', key: ['organisation_id', 'id'] },
      { table: 'received_texts', column: 'sealed_sender', key: ['organisation_id', 'id'] },
      { table: 'received_texts', column: 'sealed_content', key: ['organisation_id', 'id'] },
      { table: 'batch_chunks', column: 'sealed_rows', key: ['organisation_id', 'batch_id', 'first_row'] },
      { table: 'providers', column: 'sealed_settings', key: ['organisation_id', 'id'] },
      { table: 'letters', column: 'sealed_pdf', key: ['organisation_id', 'message_id'] },
    ],
  };
}
