import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Step {
  readonly name: string;
  /** The program and its words; Node runs it. */
  readonly command: readonly string[];
  /** What to do when it fails. */
  readonly remedy: string;
}

const root = join(import.meta.dirname, '..');
const long = process.argv.includes('--long');
const parts = '{src,demo,testing,architecture}';
const work = mkdtempSync(join(tmpdir(), 'commonhold-check-'));
const results = join(work, 'results.tap');

const steps: readonly Step[] = [
  {
    name: 'types',
    command: ['node_modules/typescript/bin/tsc', '--noEmit', '--project', '.'],
    remedy: 'Mend the types above.',
  },
  {
    name: 'lint',
    command: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'],
    remedy: 'Mend what is said above; "npx oxlint --type-aware --fix" mends a part of it.',
  },
  {
    name: 'format',
    command: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
    remedy: 'Run "npm run format".',
  },
  {
    name: 'generated files',
    command: ['src/cli.ts', 'generate', '--check'],
    remedy: 'Run "npm run generate" and commit what it writes.',
  },
  {
    name: 'tests',
    command: [
      '--test',
      // Most of a test's time is waiting for the database, and two at once fill two cores.
      '--test-concurrency=2',
      '--test-global-setup=testing/global-setup.ts',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${results}`,
      `${parts}/**/*.test.ts`,
      ...(long ? [`${parts}/**/*.long.ts`] : []),
    ],
    remedy:
      'Look at the failing tests above. One file alone: node --test --test-global-setup=testing/global-setup.ts FILE.',
  },
];

let running: ChildProcess | undefined;
let signalled = false;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    signalled = true;
    running?.kill(name);
  });
}

const begin = performance.now();
try {
  process.exitCode = await check();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function check(): Promise<number> {
  for (const step of steps) {
    console.log(`\n== ${step.name}`);
    const stepBegin = performance.now();
    running = spawn(process.execPath, step.command, { cwd: root, stdio: 'inherit' });
    const [code]: unknown[] = await once(running, 'exit');
    if (signalled) return 130;
    if (code !== 0) {
      console.log(`\n== ${step.name} failed after ${secondsSince(stepBegin)}. ${step.remedy}`);
      if (step.name === 'tests') console.log(countsOf(results));
      return 1;
    }
    console.log(`== ${step.name} passed in ${secondsSince(stepBegin)}`);
  }
  console.log(`\n== everything passed in ${secondsSince(begin)}`);
  console.log(countsOf(results));
  return 0;
}

/** The last lines that the test runner writes for machines: `# tests 12`, `# pass 12`, `# fail 0` and so on. */
function countsOf(path: string): string {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => /^# (?:tests|pass|fail|cancelled|skipped|todo) \d+$/.test(line))
    .slice(-6)
    .join('\n');
}

function secondsSince(time: number): string {
  return `${((performance.now() - time) / 1000).toFixed(1)} s`;
}
