import { listServicesAcross } from '#organisations';
import type { Frames } from '#organisations';
import type { Calendar, Database, FileStore, Keyring, Part, Settings, Webhooks } from '#platform';
import { eraseExpired } from './applications/applications.ts';
import { addDesignerPages } from './designer/designer-pages.ts';
import { addPreviewPages } from './designer/preview-pages.ts';
import { eraseCopies } from './designer/previews.ts';
import { eraseComments } from './funnel/comments.ts';
import { createFunnelCounter } from './funnel/counting.ts';
import { addFunnelPages } from './funnel/funnel-pages.ts';
import { addOpinionPages } from './funnel/opinion-pages.ts';
import { addTogether } from './funnel/funnel.ts';
import { eraseHandedOver, handOverSubmissions } from './outputs/handing-over.ts';
import { addOutputPages } from './outputs/output-pages.ts';
import { addApplicationPages, type IsStaff } from './pages/application-pages.ts';
import { addPrefillApi } from './prefill/prefill-api.ts';
import { addPrefillPages } from './prefill/prefill-pages.ts';
import { erasePrefills } from './prefill/prefills.ts';
import { addMovingPages } from './moving/moving-pages.ts';
import { addFormPages, formPage } from './pages/form-pages.ts';
import { linksJob, remindSavers, sendLinks } from './saving/saved-applications.ts';
import { chargeStorage } from './uploads/storage-charges.ts';
import { eraseSubmissions, gatherPersonalData } from './applications/submissions.ts';

/** This part, with what it stands on given as arguments. */
export function createFormsPart(dependencies: {
  database: Database;
  keyring: Keyring;
  calendar: Calendar;
  settings: Pick<Settings, 'publicUrl'> &
    Partial<Pick<Settings, 'smtpUrl' | 'requestsPerMinute' | 'currency' | 'storagePrice'>>;
  isStaff: IsStaff;
  /** Without it nobody can upload anything. */
  fileStore?: FileStore;
  /** Without it submissions go nowhere but into cases. */
  webhooks?: Webhooks;
  /** Without it there are no pages for staff. */
  frames?: Frames;
}): Part {
  const { keyring, database, calendar, frames, webhooks } = dependencies;
  const { publicUrl, smtpUrl, currency = 'GBP', storagePrice = 0 } = dependencies.settings;
  const funnel = createFunnelCounter(dependencies);
  return {
    name: 'forms',
    folder: import.meta.dirname,
    routes: (server) => {
      addApplicationPages(server, { ...dependencies, funnel });
      addOpinionPages(server, dependencies);
      server.addHook('onClose', () => funnel.stop());
      addPrefillApi(server, { database, keyring, calendar, publicUrl });
      addPreviewPages(server, { ...dependencies, today: () => dependencies.calendar.today() });
      if (!frames) return;
      const canScanFiles = (dependencies.fileStore?.scanner ?? null) !== null;
      addFormPages(server, { database, frames, canScanFiles });
      addMovingPages(server, { database, keyring, calendar, frames });
      addDesignerPages(server, { ...dependencies, frames, canScanFiles });
      addPrefillPages(server, { database, frames, calendar, publicUrl });
      addFunnelPages(server, { ...dependencies, frames });
      if (webhooks) addOutputPages(server, { database, keyring, frames, webhooks });
    },
    jobs: [
      ...(webhooks ? [handOverSubmissions({ keyring, webhooks, publicUrl })] : []),
      {
        name: linksJob,
        run: async (payload, { scope, log }) => {
          const serviceId = String(payload['serviceId']);
          const service = (await listServicesAcross(database)).find(({ id }) => id === serviceId);
          if (!service) return;
          const context = { keyring, calendar, service, publicUrl, emailWorks: smtpUrl !== undefined };
          const fingerprint = Buffer.from(String(payload['fingerprint']), 'hex');
          const sent = await database.transact(scope, (tx) => sendLinks(tx, context, fingerprint));
          log.info({ sent }, 'sent links to saved applications');
        },
      },
      {
        name: 'forms.remind',
        schedule: '7 8 * * *',
        run: async (_payload, { log }) => {
          const context = { keyring, calendar, publicUrl, emailWorks: smtpUrl !== undefined };
          log.info({ reminded: await remindSavers(database, context) }, 'reminded people of what they saved');
        },
      },
      {
        name: 'forms.charge-storage',
        schedule: '57 4 * * *',
        run: async (_payload, { log }) => {
          const price = { microsPerGigabyteMonth: Math.round(storagePrice * 1_000_000), currency };
          log.info({ services: await chargeStorage(database, { calendar, price }) }, 'charged services for files');
        },
      },
      {
        name: 'forms.erase-expired',
        schedule: '37 3 * * *',
        run: async (_payload, { log }) => {
          log.info({ erased: await eraseExpired(database) }, 'erased applications that were not finished in time');
        },
      },
      {
        name: 'forms.erase-prefills',
        schedule: '47 3 * * *',
        run: async (_payload, { log }) => {
          log.info({ erased: await erasePrefills(database) }, 'erased links with answers filled in that have expired');
        },
      },
      {
        name: 'forms.erase-copies',
        schedule: '7 4 * * *',
        run: async (_payload, { log }) => {
          log.info({ erased: await eraseCopies(database) }, 'erased copies of drafts that nobody is trying');
        },
      },
      {
        name: 'forms.add-counts-together',
        schedule: '17 4 * * *',
        run: async (_payload, { log }) => {
          log.info({ rows: await addTogether(database) }, 'added the counts of pages of past days together');
        },
      },
      {
        name: 'forms.erase-comments',
        schedule: '27 4 * * *',
        run: async (_payload, { log }) => {
          log.info({ erased: await eraseComments(database) }, 'erased comments that are older than a year');
        },
      },
    ],
    servicePages: frames ? [formPage] : [],
    personalData: {
      title: 'What you sent, and what you have begun',
      gather: (tx, email) => gatherPersonalData(tx, keyring, email),
      erase: async (tx, serviceId, references) => {
        await eraseHandedOver(tx, webhooks, serviceId, references);
        return eraseSubmissions(tx, serviceId, references);
      },
    },
    sealedColumns: [
      { table: 'answers', column: 'sealed', key: ['organisation_id', 'application_id', 'page'] },
      { table: 'saved_applications', column: 'sealed_contact', key: ['organisation_id', 'application_id'] },
      { table: 'prefills', column: 'sealed', key: ['organisation_id', 'id'] },
      { table: 'submissions', column: 'sealed', key: ['organisation_id', 'id'] },
      { table: 'comments', column: 'sealed', key: ['organisation_id', 'id'] },
    ],
  };
}
