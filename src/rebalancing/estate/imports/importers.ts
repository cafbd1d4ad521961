import type { Calendar, Importer } from '#platform';
import { createContractsImporter } from './contracts.ts';
import { createNoticesImporter } from './notices.ts';
import { createSpendImporter } from './spend.ts';
import { createSystemsImporter } from './systems.ts';

/** What the estate can take in from files. */
export function createImporters({ calendar, currency }: { calendar: Calendar; currency: string }): Importer[] {
  return [
    createSystemsImporter(calendar, currency),
    createContractsImporter(calendar, currency),
    createNoticesImporter(calendar),
    createSpendImporter(currency),
  ];
}
