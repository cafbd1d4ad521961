import type { Server } from './http/server.ts';
import type { Job } from './jobs.ts';

/** A part of the program, as main.ts joins it to the others. */
export interface Part {
  /** The name of its folder, its PostgreSQL schema and its views. */
  readonly name: string;
  /** Its folder: `migrations/`, `views/` and `schema.sql` are found there. */
  readonly folder: string;
  /** Adds its routes to the server. */
  readonly routes?: (server: Server) => void;
  /** What it does in the background. */
  readonly jobs?: readonly Job[];
  /** Columns that hold sealed values, so that `rotate-keys` can seal them again with the current key. */
  readonly sealedColumns?: readonly SealedColumn[];
}

/** A bytea column of sealed values whose place is `<part>.<table>.<column>/<values of the key, joined by />`. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The primary key's columns, in order. */
  readonly key: readonly string[];
}

/** The place of a sealed value, which is bound to it as additional data: see SealedColumn. */
export function sealedPlace(column: string, ...key: readonly (string | number)[]): string {
  return [column, ...key].join('/');
}
