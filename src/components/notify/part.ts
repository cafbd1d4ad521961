import type { Frames } from '#organisations';
import type { Calendar, Database, Keyring, Part, Settings } from '#platform';
import { addApi } from './api/api.ts';
import { forgetOldBatches, sendBatchJob } from './batches/batches.ts';
import { sendRows } from './batches/sending.ts';
import { handOver } from './hand-over.ts';
import { createIntake } from './intake.ts';
import { createKnownServices } from './known-services.ts';
import { connectMailServer, type MailServer } from './mail-server.ts';
import { handOverJob } from './messages.ts';
import { addPages, messagesPage } from './pages/message-pages.ts';
import { createMessageHolder, eraseUnreferenced } from './personal-data.ts';

/** This part, joined to what it needs. */
export function createNotifyPart(dependencies: {
  database: Database;
  keyring: Keyring;
  settings: Pick<Settings, 'smtpUrl' | 'emailFrom' | 'governmentName' | 'jobConcurrency' | 'publicUrl'>;
  calendar: Calendar;
  frames: Frames;
}): Part {
  const { database, keyring, settings } = dependencies;
  const acceptance = {
    database,
    keyring,
    known: createKnownServices(database),
    intake: createIntake(database),
  };
  const mailServer: MailServer | null =
    settings.smtpUrl === undefined
      ? null
      : connectMailServer({
          url: settings.smtpUrl,
          from: settings.emailFrom,
          fromName: settings.governmentName,
          connections: settings.jobConcurrency,
        });
  return {
    name: 'notify',
    folder: import.meta.dirname,
    routes: (server) => {
      addPages(server, dependencies);
      addApi(server, { ...dependencies, acceptance });
    },
    jobs: [
      {
        name: handOverJob,
        run: (payload, { database: ofJob, scope, lastAttempt }) =>
          handOver({ database: ofJob, keyring, mailServer }, scope, String(payload['messageId']), { lastAttempt }),
      },
      {
        name: sendBatchJob,
        run: (payload, { scope }) => sendRows(acceptance, scope, String(payload['batchId'])),
      },
      {
        name: 'notify.erase-old-messages',
        schedule: '41 3 * * *',
        run: async (_payload, { log }) => {
          log.info({ erased: await eraseUnreferenced(database) }, 'erased old messages without a reference');
          log.info({ forgotten: await forgetOldBatches(database) }, 'forgot batches that nobody sent');
        },
      },
    ],
    servicePages: [messagesPage],
    personalData: createMessageHolder(keyring),
    sealedColumns: [
      { table: 'messages', column: 'sealed_recipient', key: ['organisation_id', 'id'] },
      { table: 'messages', column: 'sealed_content', key: ['organisation_id', 'id'] },
      { table: 'guests', column: 'sealed_recipient', key: ['organisation_id', 'id'] },
      { table: 'received_texts', column: 'sealed_sender', key: ['organisation_id', 'id'] },
      { table: 'received_texts', column: 'sealed_content', key: ['organisation_id', 'id'] },
      { table: 'batch_chunks', column: 'sealed_rows', key: ['organisation_id', 'batch_id', 'first_row'] },
    ],
  };
}
