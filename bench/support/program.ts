import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** One Commonhold process with everything in it, as `npm start` runs it, over an embedded PostgreSQL of its own. */
export interface Program {
  process: ChildProcess;
  address: string;
}

/**
 * @param folder where it keeps its data.
 * @param empty whether it begins without the demonstration government.
 */
export async function startProgram(folder: string, { empty = false } = {}): Promise<Program> {
  const port = await freePort();
  const program = spawn(join(import.meta.dirname, '..', '..', 'bin', 'start'), empty ? ['--empty'] : [], {
    env: {
      ...process.env,
      DATA_FOLDER: folder,
      PORT: String(port),
      REQUESTS_PER_MINUTE: '0',
      LOG_LEVEL: 'warn',
      DATABASE_URL: '',
      DATABASE_OWNER_URL: '',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const address = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${address}/health/ready`)).ok);
  return { process: program, address };
}

export async function stopProgram({ process: program }: Program): Promise<void> {
  program.kill('SIGTERM');
  await new Promise((resolve) => (program.exitCode === null ? program.once('exit', resolve) : resolve(undefined)));
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 100) {
    if (await condition().catch(() => false)) return;
    await pause(100);
  }
  throw new Error('The program was not ready within a minute.');
}

/** What a child says first: its address. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim()));
    child.once('exit', () => reject(new Error('The child ended before it began.')));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      server.close(() =>
        typeof bound === 'object' && bound !== null ? resolve(bound.port) : reject(new Error('no port')),
      );
    });
  });
}

/**
 * Keeps a process on one core of the machine, and everything that it started but the excepted on another.
 *
 * @returns whether it could: the machine may have one core, or no `taskset`.
 */
export function keepOnCore(processId: number, core: number): boolean {
  try {
    execFileSync('taskset', ['-a', '-c', '-p', String(core), String(processId)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The processes that a process has started, and those that they have. */
export function childrenOf(processId: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      parents.set(Number(name), Number(parent));
    } catch {
      // It ended meanwhile.
    }
  }
  const isBelow = (id: number): boolean => {
    for (let each = parents.get(id); each !== undefined && each !== 0; each = parents.get(each)) {
      if (each === processId) return true;
    }
    return false;
  };
  return [...parents.keys()].filter(isBelow);
}
