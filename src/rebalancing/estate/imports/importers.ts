import type { Calendar, Importer } from '#platform';
import { createContractsImporter } from './contracts.ts';
import { createNoticesImporter } from './notices.ts';
import { createSpendImporter } from './spend.ts';
import { createSystemsImporter } from './systems.ts';

/** What the estate can take in from files. */
export function createImporters(calendar: Calendar): Importer[] {
  return [
    createSystemsImporter(calendar),
    createContractsImporter(calendar),
    createNoticesImporter(calendar),
    createSpendImporter(),
  ];
}
