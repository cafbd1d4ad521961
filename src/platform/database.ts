import {
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely';
import pg from 'pg';
import { isId } from './ids.ts';
import { Problem } from './problem.ts';

/** Who does something: it stands in the audit trail. */
export type Actor =
  | { readonly kind: 'person'; readonly id: string; readonly name: string; readonly address?: string }
  | { readonly kind: 'key'; readonly id: string; readonly name: string; readonly address?: string }
  | { readonly kind: 'applicant'; readonly address?: string }
  | { readonly kind: 'system'; readonly name: string };

/** Whose rows a transaction sees, and for whom it is done. */
export interface Scope {
  readonly organisationId: string;
  readonly actor: Actor;
  /** The mandate under which the actor's organisation acts for this one. Row-level security checks it in every query. */
  readonly mandateId?: string;
  /** What it is done for, in a few words: recorded with each use of a mandate. */
  readonly purpose?: string;
}

/** A transaction in which only one organisation's rows can be seen or written. */
export interface Tx {
  readonly organisationId: string;
  readonly actor: Actor;
  readonly mandateId: string | undefined;
  /** Whether anybody listens to events of a type. */
  isHeard(eventType: string): boolean;
  /** The tables of one part's schema. `DB` is that part's own generated type, so another part's table does not compile. */
  tables<DB>(schema: string): Kysely<DB>;
  /** The rows of a statement whose text is made already: see `prepare`. The text is written by us, never by a user. */
  rows<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]>;
}

/** A read-only transaction that sees the listed tables of every organisation, as the reader role. */
export interface ReaderTx {
  tables<DB>(schema: string): Kysely<DB>;
}

/** Called in each transaction that a mandate opens, before its work: the audit trail is joined here. */
export type OnMandateUsed = (tx: Tx, mandateId: string, purpose: string) => Promise<void>;

export interface DatabaseOptions {
  readonly url: string;
  readonly connections: number;
  /** Told of errors of idle connections, which would otherwise end the process. */
  readonly onIdleError: (error: Error) => void;
  readonly onMandateUsed?: OnMandateUsed;
  /** The types of events to which somebody listens; left out, every event is delivered. */
  readonly heardEvents?: readonly string[];
}

/** The one door to PostgreSQL for everything that serves requests and jobs. */
export interface Database {
  /**
   * Runs `work` in one transaction that sees only the scope's organisation. What `work` does must be repeatable: after a
   * deadlock, or a plan that a migration made stale, nothing was committed and it is run once more.
   */
  transact<T>(scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs `work` as the reader role, which sees only the tables that were opened to it, of all organisations. */
  readAcross<T>(work: (tx: ReaderTx) => Promise<T>): Promise<T>;
  /**
   * Calls a SECURITY DEFINER function that finds a tenant by a key, a session or a public address, where no organisation
   * is known yet. Sees no tenant's rows by itself.
   */
  find<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]>;
  /** The pool, for the job queue, which has tables of its own. */
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

configureTypes();

/** Opens a pool of connections. Nothing is sent to the server until the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  let closing = false;
  const isHeard = (type: string): boolean => options.heardEvents?.includes(type) ?? true;
  const pool = openPool(options.url, options.connections, (error) => {
    // A server that is stopped just after us may tell the connections so before it has read their goodbye.
    if (!closing) options.onIdleError(error);
  });

  async function inTransaction<T>(opening: string, work: (connection: BoundConnection) => Promise<T>): Promise<T> {
    const client = await connect(pool);
    let broken: Error | undefined;
    try {
      // What `work` asks first is sent behind it at once; should the opening fail, so does everything after it.
      const opened = client.query(opening);
      opened.catch(() => {});
      const result = await work(boundTo(client));
      await opened;
      // After a failed statement that `work` swallowed, COMMIT succeeds and means ROLLBACK.
      const { command } = await client.query('commit');
      if (command !== 'COMMIT') throw new Error('The transaction had failed before it was committed.');
      return result;
    } catch (error) {
      broken = await client.query('rollback').then(
        () => (isStalePlan(error) ? new Error('stale plan') : undefined),
        (failure: Error) => failure,
      );
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async function onceMore<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!isRepeatable(error)) throw error;
      return run();
    }
  }

  return {
    pool,

    transact(scope, work) {
      if (!isId(scope.organisationId)) throw new Problem('not-found', { detail: 'the organisation is not a UUID' });
      const { mandateId } = scope;
      if (mandateId !== undefined && !isId(mandateId))
        throw new Problem('not-found', { detail: 'the mandate is not a UUID' });
      // SET takes no parameters, so both were checked to be UUIDs. It is SET and not set_config() because Citus passes it on.
      const opening =
        `begin; set local commonhold.organisation = '${scope.organisationId}'` +
        (mandateId === undefined ? '' : `; set local commonhold.mandate = '${mandateId}'`);
      return onceMore(() =>
        inTransaction(opening, async (connection) => {
          const tx: Tx = {
            organisationId: scope.organisationId,
            actor: scope.actor,
            mandateId,
            isHeard,
            tables: (schema) => connection.tables(schema),
            rows: (text, values) => connection.rows(text, values),
          };
          if (mandateId !== undefined) await options.onMandateUsed?.(tx, mandateId, scope.purpose ?? 'not stated');
          return work(tx);
        }),
      );
    },

    readAcross(work) {
      return onceMore(() =>
        inTransaction(
          'begin isolation level repeatable read read only; set local role commonhold_reader',
          (connection) => work({ tables: (schema) => connection.tables(schema) }),
        ),
      );
    },

    async find<Row extends object>(text: string, values: readonly unknown[]) {
      const client = await connect(pool);
      let broken: Error | undefined;
      try {
        return await boundTo(client).rows<Row>(text, values);
      } catch (error) {
        if (isConnectionFailure(error)) broken = error;
        throw error;
      } finally {
        client.release(broken);
      }
    },

    async close() {
      closing = true;
      await pool.end();
    },
  };
}

/**
 * Runs `work` with a Database whose every `transact` is part of one transaction of the owner's: all of it is kept, or
 * none. For loading a whole government at once; nothing else needs to write for several organisations together.
 */
export async function inOneTransaction<T>(
  ownerUrl: string,
  work: (database: Database, client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const pool = openPool(ownerUrl, 1, () => {});
  const client = await connect(pool);
  const connection = boundTo(client);
  const database: Database = {
    pool,
    async transact(scope, inner) {
      if (!isId(scope.organisationId)) throw new Error('The organisation is not a UUID.');
      await client.query(`set local commonhold.organisation = '${scope.organisationId}'`);
      return inner({
        organisationId: scope.organisationId,
        actor: scope.actor,
        mandateId: undefined,
        isHeard: () => true,
        tables: (schema) => connection.tables(schema),
        rows: (text, values) => connection.rows(text, values),
      });
    },
    readAcross: (inner) => inner({ tables: (schema) => connection.tables(schema) }),
    find: (text, values) => connection.rows(text, values),
    close: () => Promise.resolve(),
  };
  try {
    await client.query('begin');
    const result = await work(database, client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
    await pool.end();
  }
}

/** A pool whose dates and times come back as ISO 8601 text, in UTC. */
export function openPool(url: string, connections: number, onIdleError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    options: '-c TimeZone=UTC -c DateStyle=ISO',
    application_name: 'commonhold',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    // A query is sent without waiting for the answer to the one before.
    pipeline: true,
  });
  pool.on('error', onIdleError);
  // A client that is lent out tells its own errors, beside the query that fails with them.
  pool.on('connect', (client) => client.on('error', onIdleError));
  return pool;
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw new Problem('unavailable', { detail: `cannot connect to the database: ${String(error)}`, cause: error });
  }
}

const bound = new WeakMap<pg.PoolClient, BoundConnection>();

/** A client as queries are made on it, made once for as long as the connection lasts. */
function boundTo(client: pg.PoolClient): BoundConnection {
  let connection = bound.get(client);
  if (connection === undefined) {
    connection = new BoundConnection(client);
    bound.set(client, connection);
  }
  return connection;
}

/** A client, seen as a Kysely of whichever schema is asked for. */
class BoundConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient;
  // Kept, because making one takes longer than many a query. Which tables it has is known to types alone.
  readonly #schemas = new Map();

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  tables<DB>(schema: string): Kysely<DB> {
    const known: Kysely<DB> | undefined = this.#schemas.get(schema);
    if (known !== undefined) return known;
    const tables = new Kysely<DB>({ dialect: boundDialect(this) }).withSchema(schema);
    this.#schemas.set(schema, tables);
    return tables;
  }

  async rows<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return (await send<Row>(this.#client, text, values)).rows;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await send<Row & object>(this.#client, query.sql, query.parameters);
    const changed = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(result.command);
    return {
      rows: result.rows,
      ...(changed ? { numAffectedRows: BigInt(result.rowCount ?? 0) } : {}),
    };
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Read large results in pages; a transaction has no cursor.');
  }
}

/**
 * A query as the driver sends it. It is given its text, and not an object with text and name, which the driver would copy
 * property by property.
 */
class Statement<Row extends object> extends pg.Query<Row, unknown[]> {
  readonly name: string | undefined;

  constructor(
    text: string,
    values: readonly unknown[],
    answer: (error: Error | null | undefined, result: pg.QueryResult<Row>) => void,
  ) {
    super(text, [...values], answer);
    this.name = statementName(text);
  }
}

async function send<Row extends object>(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[],
): Promise<pg.QueryResult<Row>> {
  try {
    return await new Promise((resolve, reject) => {
      client.query(
        new Statement<Row>(text, values, (error, result) => {
          if (error) reject(error);
          else resolve(result);
        }),
      );
    });
  } catch (error) {
    // It arose where the answer was read; this is where it was asked.
    if (error instanceof Error) Error.captureStackTrace(error);
    throw error;
  }
}

function boundDialect(connection: BoundConnection): Dialect {
  const driver: Driver = {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: alreadyBegun,
    commitTransaction: alreadyBegun,
    rollbackTransaction: alreadyBegun,
    releaseConnection: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  };
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

function alreadyBegun(): Promise<void> {
  return Promise.reject(new Error('A Tx is one transaction already: it is begun and committed by Database.transact.'));
}

const statements = new Map<string, { uses: number; name?: string }>();
const mostStatements = 2000;

/**
 * A statement that is sent a third time is prepared under a name, so that each connection parses and plans it once. Texts
 * that keep changing (lists of ids of many lengths) fill the table and are then left unnamed.
 */
function statementName(text: string): string | undefined {
  const seen = statements.get(text);
  if (seen === undefined) {
    if (statements.size < mostStatements) statements.set(text, { uses: 1 });
    return undefined;
  }
  seen.uses += 1;
  if (seen.uses >= 3) seen.name ??= `s${statements.size}_${seen.uses}_${text.length}_${(nextName += 1)}`;
  return seen.name;
}
let nextName = 0;

function configureTypes(): void {
  const { builtins } = pg.types;
  pg.types.setTypeParser(builtins.INT8, (value) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number))
      throw new Error(`The database holds ${value}, which is too large to count with.`);
    return number;
  });
  // A day stays the text that it is: a Date would move it by one in some time zones.
  pg.types.setTypeParser(builtins.DATE, (value) => value);
  pg.types.setTypeParser(builtins.TIMESTAMPTZ, isoTime);
  pg.types.setTypeParser(builtins.NUMERIC, Number);
}

/** '2026-11-24 01:49:17.123456+00', as PostgreSQL writes UTC with DateStyle ISO, becomes '2026-11-24T01:49:17.123Z'. */
function isoTime(value: string): string {
  if (!value.endsWith('+00'))
    return value === 'infinity' || value === '-infinity' ? value : new Date(value).toISOString();
  const fraction = value
    .slice(19, -3)
    .padEnd(4, value.length > 22 ? '0' : '')
    .slice(0, 4);
  return `${value.slice(0, 10)}T${value.slice(11, 19)}${fraction === '' ? '.000' : fraction}Z`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** A plan made before a migration changed its table (0A000); a new connection makes a new one. */
function isStalePlan(error: unknown): boolean {
  return codeOf(error) === '0A000' && error instanceof Error && error.message.includes('cached plan');
}

/** Nothing was committed, and the same work is likely to succeed: deadlock, serialization failure, a stale plan. */
function isRepeatable(error: unknown): boolean {
  const code = codeOf(error);
  return code === '40001' || code === '40P01' || isStalePlan(error);
}

/** Whether an error says that the database is away or going away, rather than that a query was wrong. */
export function isConnectionFailure(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error) ?? (error as NodeJS.ErrnoException).code ?? '';
  return (
    code.startsWith('08') ||
    ['57P01', '57P02', '57P03', '53300', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT'].includes(code) ||
    /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect/.test(
      error.message,
    )
  );
}

/** Whether an error is PostgreSQL's refusal of a second row with the same key; `constraint` names which key. */
export function isDuplicate(error: unknown, constraint?: string): boolean {
  return (
    error instanceof pg.DatabaseError &&
    error.code === '23505' &&
    (constraint === undefined || error.constraint === constraint)
  );
}
