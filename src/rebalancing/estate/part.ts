import type { Frames } from '#organisations';
import type { Calendar, Database, Part } from '#platform';

export interface EstateDependencies {
  readonly database: Database;
  readonly frames: Frames;
  readonly calendar: Calendar;
}

/** This part, with what it stands on given as arguments. */
export function createEstatePart(_dependencies: EstateDependencies): Part {
  return { name: 'estate', folder: import.meta.dirname };
}
