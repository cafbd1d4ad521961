import type { Tx } from './database.ts';
import type { Server } from './http/server.ts';
import type { Importer } from './imports/imports.ts';
import type { Job } from './jobs.ts';
import type { Log } from './log.ts';

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
  /** Tables that it can take in from files. */
  readonly importers?: readonly Importer[];
  /** What it does beside the queue for as long as a process does jobs: each begins, and says how it is ended. */
  readonly background?: readonly Background[];
  readonly servicePages?: readonly ServicePage[];
  /** What waits for the staff of services. */
  readonly waiting?: Waiting;
  readonly personalData?: PersonalDataHolder;
  /** Columns that hold sealed values, so that `rotate-keys` can seal them again with the current key. */
  readonly sealedColumns?: readonly SealedColumn[];
}

/** Begins work that goes on in every process that does jobs; ending it finishes what it has in hand. */
export type Background = (log: Log) => Promise<{ stop(): Promise<void> }>;

/** A part that keeps personal data of citizens: how it hands it over to the person, and erases it when its time is up. */
export interface PersonalDataHolder {
  /** What the records are, as the subject reads it: `Applications you sent`. */
  readonly title: string;
  /** Everything held on the person with this e-mail address, in the transaction's organisation, as plain JSON. */
  readonly gather: (tx: Tx, email: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Erases what is held under these references of a service; what is already erased is passed over. Says how many were erased. */
  readonly erase: (tx: Tx, serviceId: string, references: readonly string[]) => Promise<number>;
}

/** A page of the staff console that belongs to a service: main.ts collects them into the navigation of every service. */
export interface ServicePage {
  readonly text: string;
  /** What follows the service's own address: `/cases`. */
  readonly path: string;
  /** Who is shown it: the roles of the page's own route. */
  readonly roles: readonly string[];
}

/** What waits for somebody who works on services, as their first page shows it beside each. */
export interface Waiting {
  /** Who is told: the roles of the pages that it leads to. */
  readonly roles: readonly string[];
  readonly list: (tx: Tx, personId: string, serviceIds: readonly string[]) => Promise<readonly WaitingWork[]>;
}

export interface WaitingWork {
  readonly serviceId: string;
  /** With its number: `3 cases are yours`. */
  readonly text: string;
  /** What follows the service's own address: `/cases?assigned=me`. */
  readonly path: string;
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
