import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';

import { Client } from 'pg';

import { chooseAccount, spawnAs, type Account } from './account.ts';
import { findBinaries, type Binaries } from './binaries.ts';
import { syncFolder, writeDurably } from './files.ts';
import { isLocked, takeLock } from './lock.ts';
import { commandOf, isLiving, postgresProcessesIn, signal, until } from './processes.ts';
import { createRoles } from './roles.ts';

export interface EmbeddedPostgresOptions {
  /** The data folder. The database lies in `postgres` inside it, its log in `postgres.log`. */
  readonly folder: string;
  /** Is told, in a sentence, what takes long or went wrong. */
  readonly say: (sentence: string) => void;
  /** Where the program that owns the folder can be reached, for the message to a second one. */
  readonly address?: string;
  /** The server died though nobody stopped it, and was started again at the same address. */
  readonly onRestart?: () => void;
  /** The server died though nobody stopped it, and cannot be started again. */
  readonly onFailure?: (error: Error) => void;
  /** For tests: nothing is forced to disk, and the server and the folder go when this process ends, however it ends. */
  readonly temporary?: boolean;
}

export interface PostgresAddresses {
  /** The address for the login that owns nothing. */
  readonly databaseUrl: string;
  /** The address for the owner of the tables, who migrates, backs up and restores. */
  readonly databaseOwnerUrl: string;
}

export interface EmbeddedPostgres extends PostgresAddresses {
  /** The postmaster; another one after a restart. */
  readonly serverProcessId: number;
  /** Ends sessions, writes everything down and stops the server. */
  stop(): Promise<void>;
}

interface Place {
  readonly folder: string;
  readonly databaseFolder: string;
  readonly logFile: string;
  readonly account: Account;
  readonly binaries: Binaries;
  readonly temporary: boolean;
  readonly say: (sentence: string) => void;
}

interface Access {
  readonly port: number;
  readonly passwords: { readonly postgres: string; readonly commonhold_owner: string; readonly commonhold: string };
}

/**
 * Starts the database in a data folder, and makes it the first time, with its roles (roles.sql) and an empty database.
 * A server that an earlier process left behind is stopped first. A server that dies is started again.
 *
 * @throws AlreadyRunning where a living process has the folder; the database is not touched
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { say, temporary = false } = options;
  const folder = prepareFolder(options.folder);
  const lock = takeLock(folder, options.address ?? folder);
  try {
    const binaries = findBinaries();
    const databaseFolder = join(folder, databaseFolderName);
    const account = chooseAccount(folder, databaseFolder, binaries.postgres);
    const place = { folder, databaseFolder, logFile: join(folder, 'postgres.log'), account, binaries, temporary, say };
    await stopLeftServer(place);
    let access = ensureAccess(place);
    if (!existsSync(join(databaseFolder, 'PG_VERSION'))) {
      say('Making the database, once.');
      await makeDatabase(place, access);
    }
    access = await choosePort(place, access);
    putLogAside(place.logFile);
    let server = await startServer(place, access.port);
    const ender = temporary ? startEnder(place) : undefined;

    let stopping = false;
    let restarting: Promise<void> | undefined;
    const restart = async () => {
      say('The database stopped though nobody asked it to. Starting it again.');
      try {
        server = await startAgain(place, access.port, () => stopping);
        watch();
        say('The database is back.');
        options.onRestart?.();
      } catch (error) {
        if (stopping) return;
        say('The database does not start again.');
        options.onFailure?.(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const watch = () => {
      server.once('exit', () => {
        if (!stopping) restarting = restart();
      });
    };
    watch();
    await prepareDatabase(access);

    return {
      ...addressesOf(access, folder),
      get serverProcessId() {
        return processIdOf(server);
      },
      async stop() {
        stopping = true;
        await restarting;
        if (hasNotEnded(server)) {
          server.ref();
          const ended = once(server, 'exit');
          await stopServer(processIdOf(server), say);
          // Reaped too, so that not even a zombie is left.
          await ended;
        }
        lock.release();
        if (temporary) rmSync(folder, { recursive: true, force: true });
        ender?.kill('SIGKILL');
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Finds the database that a running program of ours has started in a data folder, for a command beside it. */
export function findRunningPostgres(folder: string): PostgresAddresses | undefined {
  const path = join(folder, 'postgres.json');
  return isLocked(folder) && existsSync(path) ? addressesOf(readAccess(path), realpathSync(folder)) : undefined;
}

/** The socket of a folder: half the way of a loopback connection, which the processor time of a query shows. */
function addressesOf({ port, passwords }: Access, folder: string): PostgresAddresses {
  const socket = socketFolder(join(folder, databaseFolderName));
  const query = socket === undefined ? '' : `?host=${encodeURIComponent(socket)}`;
  const addressFor = (login: keyof Access['passwords']) =>
    `postgres://${login}:${passwords[login]}@127.0.0.1:${port}/commonhold${query}`;
  return { databaseUrl: addressFor('commonhold'), databaseOwnerUrl: addressFor('commonhold_owner') };
}

function prepareFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const folder = realpathSync(path);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    throw new Error(
      `You may not write into ${folder}, which user number ${statSync(folder).uid} owns. ` +
        'Start Commonhold as that user, or set DATA_FOLDER to a folder of your own.',
    );
  }
  return folder;
}

/**
 * Stops the server that a killed process of ours left, so that no old session of it goes on working, and takes away a
 * pid file whose number now belongs to something else: PostgreSQL itself would refuse to start because of it.
 */
async function stopLeftServer({ databaseFolder, say }: Place): Promise<void> {
  const pidFile = join(databaseFolder, 'postmaster.pid');
  const left = readPidFile(pidFile)?.processId;
  if (left === undefined) return;
  if (isServerOf(left, databaseFolder)) {
    say(`Stopping the database that an earlier run left (process ${left}).`);
    await stopServer(left, say);
  }
  await endLeftBackends(databaseFolder);
  if (processExists(left)) rmSync(pidFile, { force: true });
}

function isServerOf(processId: number, databaseFolder: string): boolean {
  const [program = '', ...words] = commandOf(processId);
  return isLiving(processId) && basename(program) === 'postgres' && words.includes(databaseFolder);
}

/** Also true for a zombie, as PostgreSQL sees it, and for a process of another user. */
function processExists(processId: number): boolean {
  return existsSync(`/proc/${processId}`);
}

/** Processes whose postmaster was killed end by themselves within moments; the next postmaster must not start before. */
async function endLeftBackends(databaseFolder: string): Promise<void> {
  if (await until(() => postgresProcessesIn(databaseFolder).length === 0, 5)) return;
  for (const processId of postgresProcessesIn(databaseFolder)) signal(processId, 'SIGKILL');
  if (!(await until(() => postgresProcessesIn(databaseFolder).length === 0, 10))) {
    throw new Error(
      `Processes of an earlier database still use ${databaseFolder} and do not end. Restart the machine.`,
    );
  }
}

function readAccess(path: string): Access {
  const access: Access = JSON.parse(readFileSync(path, 'utf8'));
  return access;
}

function ensureAccess({ folder }: Place): Access {
  const path = join(folder, 'postgres.json');
  if (!existsSync(path)) {
    const fresh: Access = {
      port: 0,
      passwords: { postgres: newPassword(), commonhold_owner: newPassword(), commonhold: newPassword() },
    };
    writeDurably(path, JSON.stringify(fresh));
  }
  return readAccess(path);
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** Makes the cluster under another name and renames it at the end: one that was interrupted is simply made again. */
async function makeDatabase(place: Place, access: Access): Promise<void> {
  const { folder, databaseFolder, account, binaries } = place;
  const draft = join(folder, 'postgres.new');
  const passwordFile = join(folder, 'initdb-password');
  const log = openSync(place.logFile, 'a', 0o600);
  try {
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordFile, access.passwords.postgres, { mode: 0o600 });
    for (const path of [draft, passwordFile]) chownSync(path, account.owner.userId, account.owner.groupId);
    const initdb = spawnAs(
      account,
      [
        binaries.initdb,
        `--pgdata=${draft}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // The same order and letter cases on every machine, whatever LANG says there.
        '--locale-provider=builtin',
        '--locale=C.UTF-8',
        ...(place.temporary ? ['--no-sync'] : []),
      ],
      { stdio: ['ignore', log, log] },
    );
    const [code]: unknown[] = await once(initdb, 'exit');
    if (code !== 0) throw new Error(`The database cannot be made. ${endOfLog(place.logFile)}`);
    renameSync(draft, databaseFolder);
    syncFolder(folder);
  } finally {
    closeSync(log);
    rmSync(passwordFile, { force: true });
  }
}

/** Keeps the port of last time, if it is free, so that addresses that people noted stay right. */
async function choosePort({ folder }: Place, access: Access): Promise<Access> {
  if (access.port !== 0 && (await isFree(access.port))) return access;
  const chosen = { ...access, port: await freePort() };
  writeDurably(join(folder, 'postgres.json'), JSON.stringify(chosen));
  return chosen;
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listenOnce(port);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  return listenOnce(0);
}

async function listenOnce(port: number): Promise<number> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}

/** The folder of the database in the data folder. */
const databaseFolderName = 'postgres';

/** Where the server's socket lies: beside its data, which only its owner reads. Nowhere where the path would be too long. */
function socketFolder(databaseFolder: string): string | undefined {
  // A path of a socket has 107 bytes at most (unix(7)); a comma would be read as a second folder.
  const longest = Buffer.byteLength(`${databaseFolder}/.s.PGSQL.65535`);
  return longest <= 107 && !databaseFolder.includes(',') ? databaseFolder : undefined;
}

const largestLogBytes = 10_000_000;

/** Keeps one older log, so that the log never fills the disk. */
function putLogAside(logFile: string): void {
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > largestLogBytes) renameSync(logFile, `${logFile}.1`);
}

/**
 * @returns once it answers, the server's process, which is in a session of its own: a Ctrl-C in the terminal must not
 *   reach it before the program has finished what is in flight
 */
async function startServer(place: Place, port: number): Promise<ChildProcess> {
  const { databaseFolder, logFile, account, binaries } = place;
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: socketFolder(databaseFolder) ?? '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A statement and the detail of an error hold what people wrote.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    // A new database fills fast, and until its tables are analyzed statements go the wrong way through them.
    autovacuum_naptime: '10s',
    ...(place.temporary ? { fsync: 'off', full_page_writes: 'off' } : {}),
  };
  // A server that was killed leaves its socket's lock, which names a process number that may be another's by now. No server of
  // this folder lives here: its pid file was looked at first.
  for (const name of readdirSync(databaseFolder)) {
    if (name.startsWith('.s.PGSQL.')) rmSync(join(databaseFolder, name), { force: true });
  }
  const log = openSync(logFile, 'a', 0o600);
  const server = spawnAs(
    account,
    [
      binaries.postgres,
      '-D',
      databaseFolder,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { stdio: ['ignore', log, log], detached: true },
  );
  closeSync(log);
  let failure: string | undefined;
  server.once('error', (error) => (failure = error.message));
  server.once('exit', (code) => (failure ??= `It ended with code ${code}. ${endOfLog(logFile)}`));
  const pidFile = join(databaseFolder, 'postmaster.pid');
  const isOver = () => {
    const file = readPidFile(pidFile);
    return failure !== undefined || (file?.processId === server.pid && file?.isReady === true);
  };
  // After a crash it may have much to do, and must not be interrupted: there is no end to our patience while it lives.
  while (!(await until(isOver, 10))) place.say('The database is still starting.');
  if (failure !== undefined) throw new Error(`The database does not start. ${failure}`);
  server.unref();
  return server;
}

/** The last line tells whether the server answers; storage/pidfile.h of PostgreSQL numbers the lines. */
function readPidFile(path: string): { processId: number; isReady: boolean } | undefined {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    const processId = Number(lines[0]);
    // In single-user mode the number is negative.
    return Number.isInteger(processId) && processId > 0
      ? { processId, isReady: lines[7]?.trim() === 'ready' }
      : undefined;
  } catch {
    return undefined;
  }
}

async function startAgain(place: Place, port: number, isGivenUp: () => boolean): Promise<ChildProcess> {
  for (let tries = 1; ; tries++) {
    try {
      await endLeftBackends(place.databaseFolder);
      return await startServer(place, port);
    } catch (error) {
      if (tries === 10 || isGivenUp()) throw error;
      await new Promise((resolve) => setTimeout(resolve, tries * 100));
    }
  }
}

/** What PostgreSQL calls a fast stop; past 6 seconds an immediate one, which the next start repairs from the log. */
async function stopServer(processId: number, say: Place['say']): Promise<void> {
  signal(processId, 'SIGINT');
  if (await until(() => !isLiving(processId), 6)) return;
  say('The database takes long to stop. Stopping it at once; it repairs itself at the next start.');
  signal(processId, 'SIGQUIT');
  if (await until(() => !isLiving(processId), 5)) return;
  signal(processId, 'SIGKILL');
  await until(() => !isLiving(processId), 5);
}

/** A small shell that notices the end of our process, because then its input ends, and takes the test database away. */
function startEnder({ folder, databaseFolder }: Place): ChildProcess {
  const ender = spawn(
    'sh',
    [
      '-c',
      'read -r _; kill -QUIT "$(head -n 1 "$2/postmaster.pid")"; sleep 1; rm -rf "$1"',
      'sh',
      folder,
      databaseFolder,
    ],
    { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  );
  ender.unref();
  return ender;
}

/** Makes roles and database where they are missing: nothing is missing but after a first start that was interrupted. */
async function prepareDatabase({ port, passwords }: Access): Promise<void> {
  const superuser = new Client({ host: '127.0.0.1', port, user: 'postgres', password: passwords.postgres });
  await superuser.connect();
  try {
    const { rows } = await superuser.query<{ complete: boolean }>(
      "SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'commonhold') AS complete",
    );
    if (rows[0]?.complete === true) return;
    await createRoles(superuser, passwords);
    // The last step: while it is missing, all of them are done again.
    await superuser.query("CREATE DATABASE commonhold OWNER commonhold_owner TEMPLATE template0 ENCODING 'UTF8'");
  } finally {
    await superuser.end();
  }
}

function hasNotEnded(server: ChildProcess): boolean {
  return server.exitCode === null && server.signalCode === null;
}

function processIdOf(server: ChildProcess): number {
  if (server.pid === undefined) throw new Error('The database was not started.');
  return server.pid;
}

function endOfLog(logFile: string): string {
  try {
    return `The end of ${logFile}:\n${readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n')}`;
  } catch {
    return `Its log would be ${logFile}.`;
  }
}
