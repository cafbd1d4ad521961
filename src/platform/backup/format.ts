/**
 * The file is a tar archive, compressed with gzip, of these entries in this order:
 *
 * 1. `contents.json`: what was backed up (Contents below);
 * 2. `tables/<schema>.<table>/000001.copy`, `000002.copy` and so on: rows as COPY writes them in its text format, in the
 *    order of the primary key, each entry a whole number of rows; a table without rows has no entry;
 * 3. `uploads/<path>`: every uploaded file;
 * 4. `manifest.json`: how many rows each table has, and hashes of everything (Manifest below). A file without it is not
 *    whole.
 */
export const formatVersion = 1;

export interface Contents {
  readonly format: 'commonhold backup';
  readonly formatVersion: number;
  readonly programVersion: string;
  readonly madeAt: string;
  readonly migrations: readonly Migration[];
  readonly tables: readonly Table[];
  readonly sequences: readonly Sequence[];
}

export interface Migration {
  readonly part: string;
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
}

export interface Table {
  /** `schema.table`, each quoted where SQL needs it, so that it can be put into a statement. */
  readonly name: string;
  /** Quoted likewise; without those that PostgreSQL computes. */
  readonly columns: readonly string[];
  /** The columns of the primary key, or all where there is none: the order in which rows are written. */
  readonly order: readonly string[];
}

export interface Sequence {
  readonly name: string;
  /** As text: it may be larger than a number can hold. */
  readonly lastValue: string;
  readonly isCalled: boolean;
}

export interface Manifest {
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[];
  readonly uploads: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}
