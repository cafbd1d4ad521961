import type { Tx } from '../database.ts';
import type { ImportField, ImportRecord } from './mapping.ts';
import type { Sheet } from './sheet.ts';

/** What became of a row: `same` is what makes it harmless to import a file twice. */
export type RowOutcome = 'added' | 'changed' | 'same';

/** Where a record comes from, so that whoever takes it can say so. */
export interface ImportSource {
  readonly importId: string;
  readonly fileName: string;
  /** As a spreadsheet shows it. */
  readonly rowNumber: number;
  /** What the importer was told beside the rows. */
  readonly about: Readonly<Record<string, string>>;
}

/** A record with where it comes from. */
export interface SourcedRecord {
  readonly record: ImportRecord;
  readonly source: ImportSource;
}

/** A kind of table that a part can take in. */
export interface Importer {
  /** `<part>.<what>`: `estate.systems`. */
  readonly kind: string;
  /** What is imported, as a heading: `Systems`. */
  readonly title: string;
  readonly fields: readonly ImportField[];
  /**
   * How a file is read that is no table: each row is one thing, as a text in its only cell, and its only field. There are
   * no columns to choose then, and the import begins at once.
   *
   * @throws SheetProblem
   */
  readonly open?: (path: string) => Promise<Pick<Sheet, 'description' | 'rows'>>;
  /**
   * Takes one record in the transaction of its chunk: adds what is new, changes what is known by its natural key, leaves
   * what is the same.
   *
   * @throws RowProblem (or Problem invalid or unprocessable) where the record cannot be taken: what it wrote is undone, and
   *   the row is kept aside with the message.
   */
  readonly take: (tx: Tx, record: ImportRecord, source: ImportSource) => Promise<RowOutcome>;
  /**
   * Takes many records at once, in the transaction of their chunk, as `take` would one after another: for tables of many rows
   * that are alike. Where it throws what `take` may throw, all that it wrote is undone and each record is taken by itself,
   * so that the one that cannot be taken is found.
   */
  readonly takeAll?: (tx: Tx, records: readonly SourcedRecord[]) => Promise<Readonly<Record<RowOutcome, number>>>;
  /** Called once all rows were taken or lie aside, and again after rows aside were mended. */
  readonly settle?: (tx: Tx, source: Omit<ImportSource, 'rowNumber'>) => Promise<void>;
}
