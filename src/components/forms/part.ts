import type { Frames } from '#organisations';
import type { Calendar, Database, Keyring, Part, Settings } from '#platform';
import { eraseExpired } from './applications.ts';
import { addApplicationPages, type IsStaff } from './pages/application-pages.ts';
import { addFormPages, formPage } from './pages/form-pages.ts';
import { eraseSubmissions, gatherPersonalData } from './submissions.ts';

/** This part, with what it stands on given as arguments. */
export function createFormsPart(dependencies: {
  database: Database;
  keyring: Keyring;
  calendar: Calendar;
  settings: Pick<Settings, 'publicUrl'>;
  isStaff: IsStaff;
  /** Without it there are no pages for staff. */
  frames?: Frames;
}): Part {
  const { keyring, database, frames } = dependencies;
  return {
    name: 'forms',
    folder: import.meta.dirname,
    routes: (server) => {
      addApplicationPages(server, dependencies);
      if (frames) addFormPages(server, { database, frames });
    },
    jobs: [
      {
        name: 'forms.erase-expired',
        schedule: '37 3 * * *',
        run: async (_payload, { log }) => {
          log.info({ erased: await eraseExpired(database) }, 'erased applications that were not finished in time');
        },
      },
    ],
    servicePages: frames ? [formPage] : [],
    personalData: {
      title: 'What you sent, and what you have begun',
      gather: (tx, email) => gatherPersonalData(tx, keyring, email),
      erase: eraseSubmissions,
    },
    sealedColumns: [
      { table: 'answers', column: 'sealed', key: ['organisation_id', 'application_id', 'page'] },
      { table: 'submissions', column: 'sealed', key: ['organisation_id', 'id'] },
    ],
  };
}
