import type { Frames } from '#organisations';
import type { Calendar, Database, FileStore, Keyring, Part, PersonalDataHolder } from '#platform';
import { createJobs } from './jobs.ts';
import { addCaseFiles } from './pages/case-files.ts';
import { addCasePages, casesPage } from './pages/case-pages.ts';
import { waitingCases } from './pages/waiting-cases.ts';
import { addDecisionPages } from './pages/decision-pages.ts';
import { addSubjectAccessPages } from './pages/subject-access-pages.ts';
import { createCaseHolder } from './personal-data.ts';

export interface CaseworkDependencies {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly frames: Frames;
  readonly calendar: Calendar;
  /** Where the files of cases lie. Without it none can be opened. */
  readonly fileStore?: FileStore;
  /** Every part's holder of personal data, this one's included; asked for when it is needed, when all parts are joined. */
  readonly personalData: () => readonly PersonalDataHolder[];
}

/** This part, with what it stands on given as arguments. */
export function createCaseworkPart(dependencies: CaseworkDependencies): Part {
  return {
    name: 'casework',
    folder: import.meta.dirname,
    routes: (server) => {
      addCasePages(server, dependencies);
      const { database, keyring, fileStore } = dependencies;
      if (fileStore) addCaseFiles(server, { database, keyring, fileStore });
      addDecisionPages(server, dependencies);
      addSubjectAccessPages(server, dependencies);
    },
    jobs: createJobs(dependencies.personalData),
    servicePages: [casesPage],
    waiting: waitingCases,
    personalData: createCaseHolder(dependencies.keyring),
    sealedColumns: [
      { table: 'cases', column: 'sealed_answers', key: ['organisation_id', 'id'] },
      { table: 'cases', column: 'sealed_applicant', key: ['organisation_id', 'id'] },
      { table: 'decisions', column: 'sealed_reason', key: ['organisation_id', 'case_id'] },
      { table: 'notes', column: 'sealed_text', key: ['organisation_id', 'id'] },
    ],
  };
}
