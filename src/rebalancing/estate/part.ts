import type { Calendar, Database, Imports, Part } from '#platform';
import { createImporters } from './imports/importers.ts';
import { addEstateImportPages } from './imports/pages.ts';
import { addContractPages } from './pages/contract-pages.ts';
import { addExportPages } from './pages/export-pages.ts';
import { addMapPages } from './pages/map-pages.ts';
import { addNeedPages } from './pages/need-pages.ts';
import { addQuestionPages } from './pages/question-pages.ts';
import { addRangePages } from './pages/range-pages.ts';
import { addRulePages } from './pages/rule-pages.ts';
import { addServedServicePages } from './pages/served-service-pages.ts';
import { addSuggestionPages } from './pages/suggestion-pages.ts';
import { addSupplierPages } from './pages/supplier-pages.ts';
import { addSystemPages } from './pages/system-pages.ts';
import { addTargetPages } from './pages/target-pages.ts';
import { createJobs } from './jobs.ts';

export interface EstateDependencies {
  readonly database: Database;
  readonly calendar: Calendar;
  /** In which costs are added up, and are meant where a file or a person does not say another. */
  readonly currency: string;
  readonly imports: Imports;
}

/** This part, with what it stands on given as arguments. */
export function createEstatePart(dependencies: EstateDependencies): Part {
  return {
    name: 'estate',
    folder: import.meta.dirname,
    routes: (server) => {
      addMapPages(server, dependencies);
      addSystemPages(server, dependencies);
      addContractPages(server, dependencies);
      addNeedPages(server, dependencies);
      addServedServicePages(server, dependencies);
      addTargetPages(server, dependencies);
      addRangePages(server, dependencies);
      addSupplierPages(server, dependencies);
      addRulePages(server, dependencies);
      addQuestionPages(server, dependencies);
      addSuggestionPages(server, dependencies);
      addExportPages(server, dependencies);
      addEstateImportPages(server, dependencies);
    },
    jobs: createJobs(dependencies.calendar),
    importers: createImporters(dependencies),
  };
}
