import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'commonhold-cli-'));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

suite('the command line', () => {
  test('tells what every command does', () => {
    const { status, stdout } = run('--help');
    assert.equal(status, 0);
    const commands = [...stdout.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name ?? '');
    assert.ok(commands.includes('start') && commands.includes('restore'));
    for (const command of commands.slice(0, 3)) {
      const help = run(command, '--help');
      assert.equal(help.status, 0, command);
      assert.match(help.stdout, new RegExp(`^bin/commonhold ${command}`));
    }
  });

  const mistakes: readonly (readonly [string[], RegExp])[] = [
    [['strat'], /no command "strat".*start, web, jobs/],
    [['start', '--emtpy'], /Unknown option '--emtpy'.*start \[--empty\]/],
    [['backup'], /has 0 words after it.*backup FILE/],
    [['operator', 'remove', 'a@example.org'], /no "operator remove".*operator add EMAIL/],
    [['forms', 'print', 'a.json'], /no "forms print".*forms check FILE/],
    [['web'], /DATABASE_URL is not set/],
    [[], /COMMAND/],
  ];
  for (const [words, message] of mistakes) {
    test(`answers "${words.join(' ')}" with what was wrong and what to do, and does nothing`, () => {
      const { status, stderr } = run(...words);
      assert.equal(status, 2);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^ +at /m, 'no stack');
    });
  }

  test('checks form definitions, and ends with 1 where one cannot be completed', () => {
    const good = join(folder, 'good.yaml');
    const bad = join(folder, 'bad.json');
    writeFileSync(good, 'engine: V2\npages: [{path: /a, components: [{type: YesNoField, name: a, title: A?}]}]\n');
    writeFileSync(bad, '{"pages": [');
    const first = run('forms', 'check', good);
    assert.equal(first.status, 0, first.stdout);
    assert.match(
      first.stdout,
      /good\.yaml: defra-v2, 1 page, 1 component, 0 conditions, imported, completed, 1 of 1 page/,
    );
    const both = run('forms', 'check', good, bad);
    assert.equal(both.status, 1);
    assert.match(both.stdout, /bad\.json: not imported\n {2}error: The definition is not JSON/);
    const converted: { schema: number } = JSON.parse(run('forms', 'convert', good).stdout);
    assert.equal(converted.schema, 2);
  });

  test('stops at a setting that cannot be used, and names the setting', () => {
    const { status, stderr } = runWith({ PORT: 'eighty' }, 'start');
    assert.equal(status, 1);
    assert.match(stderr, /PORT is "eighty": use a whole number/);
  });
});

test('the lock file names every package that a package may need on another platform, without which npm ci refuses', () => {
  interface Locked {
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  const lock: { packages: Record<string, Locked> } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
    ),
  );
  assert.deepEqual(missing, []);
});

function run(...words: string[]) {
  return runWith({}, ...words);
}

function runWith(env: Record<string, string>, ...words: string[]) {
  const { DATABASE_URL: _url, DATABASE_OWNER_URL: _ownerUrl, ...rest } = process.env;
  return spawnSync(process.execPath, [join(root, 'src/cli.ts'), ...words], {
    encoding: 'utf8',
    env: { ...rest, DATA_FOLDER: join(folder, 'data'), ...env },
  });
}
