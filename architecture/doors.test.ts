import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { doorOf, importsOf, partOf, root, sourceFiles, type Import } from './source.ts';

/** Who may call whom, as in ARCHITECTURE.md. A part may also call what stands in `everyone`. */
const mayCall: Readonly<Record<string, readonly string[]>> = {
  plan: ['estate', 'measures', 'organisations', 'design', 'platform'],
  estate: ['measures', 'organisations', 'design', 'platform'],
  forms: ['casework', 'notify', 'measures', 'organisations', 'design', 'platform'],
  casework: ['notify', 'measures', 'organisations', 'design', 'platform'],
  notify: ['measures', 'organisations', 'design', 'platform'],
  measures: ['organisations', 'design', 'platform'],
  organisations: ['design', 'platform'],
  design: ['platform'],
  platform: [],
};

/** Outside the parts: they start, feed and test the program, so they may call every part. */
const outside = ['program', 'demo', 'testing', 'architecture', 'bench'];

/** Files that are not a door and may still be reached from outside the parts, each for a reason. */
const sideDoors: Readonly<Record<string, string>> = {
  'src/platform/embedded-postgres/index.ts': 'loaded only where no DATABASE_URL is set',
  'src/platform/backup/index.ts': 'loaded only by the commands backup and restore',
  'src/platform/schema-text.ts': 'only the generator writes schemas',
  'src/design/compile-styles.ts': 'only the generator compiles styles; sass is not needed to run',
};

/** What is wrong with an import, or nothing. */
function violation({ from, specifier, to }: Import): string | undefined {
  if (to === undefined) {
    return specifier.startsWith('#') ? `${from} imports ${specifier}, which is no door` : undefined;
  }
  const caller = partOf(from);
  const called = partOf(to);
  if (caller === called) return undefined;
  const isTest = /\.(test|long|fixture)\.ts$/.test(from);
  if (outside.includes(called)) {
    if (outside.includes(caller) || (isTest && called === 'testing')) return undefined;
    return `${from} imports ${to}: a part knows nothing of what starts or tests it`;
  }
  const isDoor = doorOf(called) === to && specifier.startsWith('#');
  if (!isDoor && !(outside.includes(caller) && to in sideDoors)) {
    return `${from} imports ${to}: go through the door of ${called}`;
  }
  if (!outside.includes(caller) && !(mayCall[caller] ?? []).includes(called) && !isTest) {
    return `${from} imports ${to}: ${caller} may not call ${called}`;
  }
  return undefined;
}

test('every import goes through a door that its part may use', () => {
  const violations = sourceFiles()
    // This file plants violations as text.
    .filter((file) => file !== 'architecture/doors.test.ts')
    .flatMap((file) => importsOf(file))
    .map(violation)
    .filter((each) => each !== undefined);
  assert.deepEqual(violations, []);
});

test('a planted violation of each kind is found', () => {
  const planted = [
    ['src/components/notify/messages.ts', "import { openCase } from '#casework';"],
    ['src/platform/jobs.ts', "import type { Service } from '#organisations';"],
    ['src/components/forms/pages.ts', "import { listCases } from '../casework/cases.ts';"],
    ['src/components/forms/pages.ts', "const { listCases } = await import('../casework/cases.ts');"],
    ['src/components/forms/pages.ts', "type Case = import('../casework/cases.ts').Case;"],
    ['src/components/forms/pages.ts', "export * from '../measures/counts.ts';"],
    ['src/components/forms/pages.ts', "import { joinParts } from '../../main.ts';"],
    ['src/components/measures/counts.ts', "import { sendEmail } from '#notify';"],
    ['src/main.ts', "import { secret } from './components/notify/messages.ts';"],
    ['src/design/index.ts', "import x from '#nothing';"],
  ] as const;
  for (const [file, text] of planted) {
    const found = importsOf(file, text).map(violation);
    assert.equal(found.length, 1, `the import is not seen: ${text}`);
    assert.notEqual(found[0], undefined, `the violation is not seen: ${file}: ${text}`);
  }
});

test('the table of calls has no circle', () => {
  const visit = (part: string, path: readonly string[]): void => {
    assert.ok(!path.includes(part), `a circle: ${[...path, part].join(' -> ')}`);
    for (const next of mayCall[part] ?? []) visit(next, [...path, part]);
  };
  for (const part of Object.keys(mayCall)) visit(part, []);
});

test('a dynamic import names its file, so that this test can follow it', () => {
  const unnamed = sourceFiles()
    .filter((file) => !/\.(test|long)\.ts$/.test(file))
    // The benchmark's name comes from the command line, and is looked up in one folder.
    .filter((file) => file !== 'src/cli.ts')
    .filter((file) =>
      /\bimport\(\s*[^'"\s]/.test(readFileSync(join(root, file), 'utf8').replaceAll(/\/[*/].*$/gm, '')),
    );
  assert.deepEqual(unnamed, []);
});
