import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The most memory that a process has had resident, and has now, in megabytes. Linux keeps both in /proc. */
export function memoryOf(processId: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  return { now: read('VmRSS'), most: read('VmHWM') };
}

/** The processor time that a process has used so far, in microseconds. Linux counts it in hundredths of a second. */
export function processorTimeOf(processId: number): number {
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** What the figures were measured on. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const kernel = execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim();
  return `${cpus().length} cores, ${model}, ${kernel}, Node ${process.version}`;
}
