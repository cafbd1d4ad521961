import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { findRunningPostgres } from '../src/platform/embedded-postgres/index.ts';

/** A data folder and a port at which the real program can be started, killed and started again. */
export interface Place {
  readonly folder: string;
  /** Where the program answers: `http://127.0.0.1:41123`. */
  readonly address: string;
  /** Starts a command, `bin/start` unless another is named, and does not wait until it answers. */
  begin(command?: readonly string[]): RunningProgram;
  /** Starts the program and waits until it answers. */
  start(command?: readonly string[]): Promise<RunningProgram>;
  /** Rows of its database, as the owner sees them. */
  ask<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The address of its database, with the login that the program has. */
  databaseUrl(): string;
  /** Everything that runs there: npm, Node and PostgreSQL with all its processes. */
  processes(): readonly number[];
  /** PostgreSQL's first process, which started the others. */
  postmaster(): number;
}

export interface RunningProgram {
  /** The process that was started: npm's where npm was the command. */
  readonly processId: number;
  /** What it has written so far, to standard output and standard error. */
  readonly output: () => string;
  readonly ended: Promise<Ending>;
  isRunning(): boolean;
  /** Resolves when `/health/ready` says yes. Throws, with what the program wrote, if it ends first. */
  answers(): Promise<void>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ending>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const root = join(import.meta.dirname, '..');

/**
 * Makes a place with an embedded database of its own, whatever DATABASE_URL says. Everything in it ends with the test
 * file, however that ends. Call it at the top of a test file, not in a hook.
 */
export async function createPlace(env: Readonly<Record<string, string>> = {}): Promise<Place> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'commonhold-place-')));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const keeper = startKeeper(folder);
  after(async () => {
    keeper.stdin?.end();
    await once(keeper, 'exit');
  });

  const place: Place = {
    folder,
    address,

    begin(command = [join(root, 'bin/start')]) {
      const [program = '', ...words] = command;
      const child = spawn(program, words, {
        cwd: root,
        env: { ...environment(), DATA_FOLDER: folder, PORT: String(port), ...settings, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A session of its own: a Ctrl-C in the terminal is for the tests, which end it.
        detached: true,
      });
      return watch(child, address);
    },

    async start(command) {
      const program = place.begin(command);
      await program.answers();
      return program;
    },

    databaseUrl: () => {
      const running = findRunningPostgres(folder);
      if (running === undefined) throw new Error('The database does not run.');
      return running.databaseUrl;
    },

    async ask<Row extends object>(text: string, values: readonly unknown[] = []) {
      const running = findRunningPostgres(folder);
      if (running === undefined) throw new Error(`Nothing runs in ${folder}.`);
      const client = await connect(running.databaseOwnerUrl);
      try {
        return (await client.query<Row>(text, [...values])).rows;
      } finally {
        await client.end();
      }
    },

    processes: () => processesOf(folder),

    postmaster: () => Number(readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]),
  };
  return place;
}

/** Connects; a database that was killed a moment ago is waited for. */
async function connect(url: string): Promise<pg.Client> {
  const end = performance.now() + 10_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (performance.now() > end) throw error;
      await pause(100);
    }
  }
}

const settings = { REQUESTS_PER_MINUTE: '0', LOG_LEVEL: 'error' } as const;

/** What a program needs of our environment, and nothing that would change what it does. */
function environment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function watch(child: ChildProcess, address: string): RunningProgram {
  let output = '';
  let running = true;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  child.once('error', (error) => {
    output += error.message;
    running = false;
    resolve({ code: null, signal: null });
  });
  // The end of the process, not of its output: what it leaves behind may hold the pipe.
  child.once('exit', (code, signal) => {
    running = false;
    resolve({ code, signal });
  });
  const processId = child.pid ?? 0;

  return {
    processId,
    output: () => output,
    ended,
    isRunning: () => running,

    async answers() {
      while (!(await isReady(address))) {
        if (!running) throw new Error(`The program ended before it answered:\n${output}`);
        await pause(20);
      }
    },

    async end(signal) {
      if (running) process.kill(processId, signal);
      return ended;
    },
  };
}

function isReady(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${address}/health/ready`, { agent: false, timeout: 2000 }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
      response.once('error', () => resolve(false));
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.end();
  });
}

/** Every process that was started with the folder as its setting, and PostgreSQL's, which work in it. */
function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((processId) => {
      try {
        if (readlinkSync(`/proc/${processId}/cwd`).startsWith(folder)) return true;
        return readFileSync(`/proc/${processId}/environ`, 'utf8').split('\0').includes(`DATA_FOLDER=${folder}`);
      } catch {
        return false; // Gone meanwhile, or another user's.
      }
    });
}

/** A small shell that ends everything in the folder and removes it, when its input ends: when we say so, or are no more. */
function startKeeper(folder: string): ChildProcess {
  const keeper = spawn(
    'sh',
    [
      '-c',
      `read -r _
       for environ in $(grep -lszFx "DATA_FOLDER=$1" /proc/[0-9]*/environ); do
         process=\${environ#/proc/}
         kill -KILL "\${process%/environ}" 2>/dev/null
       done
       for process in /proc/[0-9]*; do
         case "$(readlink "$process/cwd")" in "$1"/*) kill -KILL "\${process#/proc/}" 2>/dev/null ;; esac
       done
       sleep 0.2
       rm -rf "$1"`,
      'sh',
      folder,
    ],
    { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  );
  keeper.unref();
  return keeper;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}
