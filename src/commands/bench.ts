import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageProblem, type Words } from './command.ts';
import { root } from './surroundings.ts';

/** Runs one benchmark, or all of them, one after the other. */
export function runBenchmarks([name]: Words): void {
  const folder = join(root, 'bench');
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => basename(file, '.ts'));
  if (name !== undefined && !names.includes(name)) {
    throw new UsageProblem(`There is no benchmark "${name}". Use one of ${names.join(', ')}.`);
  }
  for (const each of name === undefined ? names : [name]) {
    const { status } = spawnSync(process.execPath, [join(folder, `${each}.ts`)], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}
