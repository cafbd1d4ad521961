import type { Frames } from '#organisations';
import type { Calendar, Database, Imports, Part, Settings } from '#platform';
import { addApi } from './api.ts';
import { createJobs } from './jobs.ts';
import { addHistoryImportPages } from './pages/history-import-pages.ts';
import { addOpenDataPages } from './open-data/open-data-pages.ts';
import { addCostPages, costsPage } from './pages/cost-pages.ts';
import { addPerformancePages } from './pages/performance-pages.ts';
import { addSavingsPages } from './pages/savings-pages.ts';
import { addTransactionImportPages } from './pages/transaction-import-pages.ts';
import { addPages, measuresPage } from './pages/staff-pages.ts';
import { transactionImporter } from './recording/transaction-import.ts';

/** This part, joined to what it needs. */
export function createMeasuresPart(dependencies: {
  database: Database;
  frames: Frames;
  calendar: Calendar;
  imports: Imports;
  settings: Pick<Settings, 'currency' | 'publicUrl' | 'governmentName' | 'contactEmail'>;
}): Part {
  const { calendar, settings } = dependencies;
  return {
    name: 'measures',
    folder: import.meta.dirname,
    routes: (server) => {
      addApi(server, dependencies);
      addPages(server, dependencies);
      addCostPages(server, dependencies);
      addTransactionImportPages(server, dependencies);
      addHistoryImportPages(server, dependencies);
      addPerformancePages(server, dependencies);
      addSavingsPages(server, dependencies);
      addOpenDataPages(server, dependencies);
    },
    jobs: createJobs({ calendar, currency: settings.currency }),
    importers: [transactionImporter],
    servicePages: [measuresPage, costsPage],
  };
}
