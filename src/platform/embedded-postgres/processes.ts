import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Says which process this is, in a way that does not fit another process that later gets the same number, nor one with
 * the same number after the machine was started again.
 *
 * @returns undefined where no such process is living; a zombie is not living
 */
export function identityOf(processId: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    // The second field is the command in brackets, and may itself hold spaces and brackets: proc(5).
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const startTime = fields[18] ?? '';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${startTime}`;
  } catch {
    return undefined;
  }
}

export function isLiving(processId: number): boolean {
  return identityOf(processId) !== undefined;
}

/** The words of a process's command line; none where there is no such process, or where it is a zombie. */
export function commandOf(processId: number): readonly string[] {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** Processes of PostgreSQL that work in a database folder: the server itself, and what it left behind if it was killed. */
export function postgresProcessesIn(databaseFolder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((processId) => {
      try {
        return (
          readlinkSync(`/proc/${processId}/cwd`) === databaseFolder &&
          basename(readlinkSync(`/proc/${processId}/exe`)).startsWith('postgres')
        );
      } catch {
        return false; // Gone meanwhile, or another user's.
      }
    });
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(processId: number, name: NodeJS.Signals): void {
  try {
    process.kill(processId, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Asks again every 10 milliseconds; gives the last answer when the time is over. */
export async function until(condition: () => boolean, timeoutSeconds: number): Promise<boolean> {
  const end = performance.now() + timeoutSeconds * 1000;
  while (!condition()) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}
