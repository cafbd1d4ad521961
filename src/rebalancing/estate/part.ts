import type { Frames } from '#organisations';
import type { Calendar, Database, Imports, Part } from '#platform';
import { createImporters } from './imports/importers.ts';
import { addEstateImportPages } from './imports/pages.ts';

export interface EstateDependencies {
  readonly database: Database;
  readonly frames: Frames;
  readonly calendar: Calendar;
  readonly imports: Imports;
}

/** This part, with what it stands on given as arguments. */
export function createEstatePart(dependencies: EstateDependencies): Part {
  return {
    name: 'estate',
    folder: import.meta.dirname,
    routes: (server) => addEstateImportPages(server, dependencies),
    importers: createImporters(dependencies.calendar),
  };
}
