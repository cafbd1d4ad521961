import type { Part } from '#platform';
import { eraseExpired } from './applications.ts';
import { addApplicationPages } from './pages/application-pages.ts';
import type { FormsDependencies } from './pages/application-pages.ts';
import { eraseSubmissions, gatherPersonalData } from './submissions.ts';

/** This part, with what it stands on given as arguments. */
export function createFormsPart(dependencies: FormsDependencies): Part {
  const { keyring } = dependencies;
  return {
    name: 'forms',
    folder: import.meta.dirname,
    routes: (server) => {
      addApplicationPages(server, dependencies);
    },
    jobs: [
      {
        name: 'forms.erase-expired',
        schedule: '37 3 * * *',
        run: async (_payload, { database, log }) => {
          log.info({ erased: await eraseExpired(database) }, 'erased applications that were not finished in time');
        },
      },
    ],
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
