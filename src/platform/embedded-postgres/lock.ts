import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { identityOf } from './processes.ts';

interface Holder {
  readonly processId: number;
  readonly identity: string;
  readonly address: string;
}

/** The data folder belongs to another process, which is living. */
export class AlreadyRunning extends Error {
  constructor(holder: Holder) {
    super(`Commonhold is already running at ${holder.address} (process ${holder.processId}).`);
    this.name = 'AlreadyRunning';
  }
}

/**
 * Makes this process the only one that may touch the database in a data folder, until `release` is called or the
 * process ends, however it ends.
 *
 * @param address where this process can be reached, for the message that the next one gets
 * @throws AlreadyRunning
 */
export function takeLock(folder: string, address: string): { release(): void } {
  const path = join(folder, 'lock');
  const mine: Holder = { processId: process.pid, identity: identityOf(process.pid) ?? '', address };
  const draft = join(folder, `lock.${process.pid}`);
  writeFileSync(draft, JSON.stringify(mine));
  try {
    // A link appears with its content or not at all, and fails where the name is taken.
    if (!tryLink(draft, path)) {
      const holder = readHolder(path);
      if (holder && isHeldBy(holder)) throw new AlreadyRunning(holder);
      removeStale(folder, path);
      if (!tryLink(draft, path)) {
        throw new AlreadyRunning(readHolder(path) ?? { ...mine, processId: 0 });
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    release() {
      if (readHolder(path)?.identity === mine.identity) rmSync(path, { force: true });
    },
  };
}

/** Whether a living process has the data folder. */
export function isLocked(folder: string): boolean {
  const holder = readHolder(join(folder, 'lock'));
  return holder !== undefined && isHeldBy(holder);
}

/**
 * Two processes may find the same dead holder. Only the one that makes the guard removes the lock, and it looks at the
 * lock again first, so that it never removes one that the other has taken since.
 */
function removeStale(folder: string, path: string): void {
  const guard = join(folder, 'lock.taking-over');
  // Held for microseconds, so one that is seconds old was left by a process that was killed in between.
  const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
  if (age > 5000) rmSync(guard, { force: true });
  try {
    writeFileSync(guard, '', { flag: 'wx' });
  } catch {
    throw new Error(
      `Another process is starting Commonhold in ${folder} at this moment. Wait for it, or start again in five seconds.`,
    );
  }
  try {
    const holder = readHolder(path);
    if (holder && isHeldBy(holder)) throw new AlreadyRunning(holder);
    rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function isHeldBy(holder: Holder): boolean {
  return identityOf(holder.processId) === holder.identity;
}

function readHolder(path: string): Holder | undefined {
  try {
    const holder: Holder = JSON.parse(readFileSync(path, 'utf8'));
    return holder;
  } catch {
    return undefined;
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
