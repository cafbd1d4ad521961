/**
 * Two generated forms on one Commonhold process, one of 14 pages with 29 requests to a submission, one of 47 pages with 346
 * components, beside the floor of the same run: as many bare saves and loads under row-level security. The process has a core of
 * its own; PostgreSQL, with fsync on, and the load share the other.
 *
 *   npm run bench -- forms
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishForm } from '#forms';
import { createOrganisation, createService, newOrganisationId } from '#organisations';
import { openDatabase, type Scope } from '#platform';
import { findRunningPostgres } from '../src/platform/embedded-postgres/index.ts';
import { asGraph, generateForm, type GeneratedForm } from './support/generated-forms.ts';
import { describeMachine, median, memoryOf, processorTimeOf } from './support/measure.ts';
import { childrenOf, firstLine, keepOnCore, startProgram, stopProgram } from './support/program.ts';
import { Lines, Visitor } from './support/visitor.ts';

const quick = process.env['BENCH_QUICK'] === '1';
const rounds = quick ? 1 : 5;
const roundMilliseconds = quick ? 2000 : 3000;
/** Applicants at once; each has one request in flight. */
const applicants = 16;

const forms: Readonly<Record<string, GeneratedForm>> = {
  'bench-14': generateForm('Fourteen pages', 14, 14),
  'bench-47': generateForm('Forty-seven pages', 47, 346),
};
const graph = asGraph(generateForm('Forty-seven linked pages', 47, 346));

const folder = await mkdtemp(join(tmpdir(), 'commonhold-bench-'));
const program = await startProgram(folder, { empty: true });
const programId = program.process.pid ?? 0;
let floor: ChildProcess | undefined;
try {
  const postgres = findRunningPostgres(folder);
  if (postgres === undefined) throw new Error('The embedded PostgreSQL is not running.');
  await publish(postgres.databaseUrl, { ...forms, 'bench-graph': graph });
  floor = fork(join(import.meta.dirname, 'support', 'rows-floor.ts'), {
    env: { ...process.env, DATABASE_URL: postgres.databaseUrl, DATABASE_OWNER_URL: postgres.databaseOwnerUrl },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  await firstLine(floor);
  const database = childrenOf(programId);
  const isApart =
    keepOnCore(programId, 0) &&
    keepOnCore(floor.pid ?? 0, 0) &&
    [process.pid, ...database].map((id) => keepOnCore(id, 1)).every(Boolean);
  const lines = new Lines(program.address, applicants);
  const figures: Record<string, Figure[]> = {};
  // The first round warms all up and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [slug, form] of Object.entries(forms)) {
      const requests = 5 + form.answers.length * 2;
      const saves = form.answers.length + 2;
      const bare = await floorOf(floor, { saves, loads: requests - saves });
      const sent = await rate(() => submit(new Visitor(lines), slug, form));
      if (round > 0) (figures[slug] ??= []).push({ bare, ...sent, share: sent.perSecond / bare });
      console.log(
        `${round === 0 ? 'warm-up' : `round ${round}`}: ${slug}: floor ${bare.toFixed(1)}/s, submissions ${sent.perSecond.toFixed(1)}/s (${(sent.perSecond / bare).toFixed(2)} of the floor)`,
      );
    }
    for (const [slug, form] of Object.entries({ 'bench-47': forms['bench-47'] ?? graph, 'bench-graph': graph })) {
      const pages = await costOfPages(lines, slug, form);
      if (round > 0) (figures[`${slug} pages`] ??= []).push({ bare: 0, ...pages });
    }
  }
  const line = (what: string, figure: string): void => console.log(`  ${what.padEnd(58)}${figure}`);
  const middle = (of: readonly number[]): number => median(of);
  console.log(`\nMachine: ${describeMachine()}`);
  console.log(
    isApart
      ? 'The process had a core of its own; PostgreSQL and the load had the other.'
      : 'The processes could not be kept on cores of their own.',
  );
  console.log(`Medians of ${rounds} rounds of ${roundMilliseconds / 1000} s, ${applicants} applicants at once:`);
  for (const [slug, form] of Object.entries(forms)) {
    const of = figures[slug] ?? [];
    line(`${slug}: requests to a submission`, String(5 + form.answers.length * 2));
    line(`${slug}: floor, as many bare saves and loads`, `${middle(of.map(({ bare }) => bare)).toFixed(1)} a second`);
    line(`${slug}: submissions`, `${middle(of.map(({ perSecond }) => perSecond)).toFixed(1)} a second`);
    line(`${slug}: submissions over floor`, middle(of.map(({ share }) => share)).toFixed(2));
    line(
      `${slug}: processor time of a submission`,
      `${(middle(of.map((each) => each.microseconds)) / 1000).toFixed(1)} ms`,
    );
  }
  for (const slug of ['bench-47', 'bench-graph']) {
    const of = figures[`${slug} pages`] ?? [];
    line(`${slug}: processor time of the first page`, `${middle(of.map(({ perSecond }) => perSecond)).toFixed(0)} µs`);
    line(
      `${slug}: processor time of the last page`,
      `${middle(of.map(({ microseconds }) => microseconds)).toFixed(0)} µs`,
    );
    line(`${slug}: last page over first`, middle(of.map(({ share }) => share)).toFixed(2));
  }
  const memory = memoryOf(programId);
  line('resident memory of the Node process', `${memory.now.toFixed(0)} MB, at most ${memory.most.toFixed(0)} MB`);
  lines.close();
} finally {
  floor?.kill();
  await stopProgram(program);
  await rm(folder, { recursive: true, force: true });
}

interface Figure {
  bare: number;
  perSecond: number;
  microseconds: number;
  share: number;
}

/** A service for each form, in a government made for it. */
async function publish(url: string, published: Readonly<Record<string, GeneratedForm>>): Promise<void> {
  const database = openDatabase({
    url,
    connections: 2,
    onIdleError: () => {},
    onMandateUsed: () => Promise.resolve(),
  });
  const scope: Scope = { organisationId: newOrganisationId(), actor: { kind: 'system', name: 'bench' } };
  await database.transact(scope, async (tx) => {
    await createOrganisation(tx, { parentId: null, slug: 'bench', name: 'Bench', kind: 'government' });
  });
  for (const [slug, { definition }] of Object.entries(published)) {
    await database.transact(scope, async (tx) => {
      const serviceId = await createService(tx, {
        slug,
        name: slug,
        summary: 'Made for a benchmark.',
        phase: 'live',
        audience: 'public',
        opensOn: null,
        closesOn: null,
        contact: 'bench@example.gov',
        retentionDays: 30,
      });
      await publishForm(tx, { serviceId, definition });
    });
  }
  await database.close();
}

async function floorOf(child: ChildProcess, { saves, loads }: { saves: number; loads: number }): Promise<number> {
  child.send({ saves, loads, milliseconds: roundMilliseconds, atOnce: applicants });
  const [perSecond] = await once(child, 'message');
  return Number(perSecond);
}

/** Lets so many applicants do `work` over and over. */
async function rate(work: () => Promise<void>): Promise<{ perSecond: number; microseconds: number }> {
  const begun = performance.now();
  const used = processorTimeOf(programId);
  let [counted, late] = [0, 0];
  await Promise.all(
    Array.from({ length: applicants }, async () => {
      while (performance.now() - begun < roundMilliseconds) {
        await work();
        if (performance.now() - begun < roundMilliseconds) counted += 1;
        else late += 1;
      }
    }),
  );
  // What was begun in time and ended late is counted by its share of the time.
  const whole = counted + late;
  const took = (performance.now() - begun) / 1000;
  return { perSecond: whole / took, microseconds: (processorTimeOf(programId) - used) / whole };
}

/** The start page, the start, two requests for each page, the check page, the sending and the confirmation. */
async function submit(visitor: Visitor, slug: string, { answers }: GeneratedForm): Promise<void> {
  await fillIn(visitor, slug, answers);
  await expect(visitor.post(`/services/${slug}/check-your-answers`, {}), 303);
  await expect(visitor.get(`/services/${slug}/confirmation`), 200);
}

async function fillIn(visitor: Visitor, slug: string, answers: GeneratedForm['answers']): Promise<void> {
  await expect(visitor.get(`/services/${slug}`), 200);
  let { location } = await expect(visitor.post(`/services/${slug}/start`, {}), 303);
  for (const [page, fields] of answers) {
    if (location !== `/services/${slug}/apply/${page}`) throw new Error(`Expected ${page}, came to ${location}`);
    await expect(visitor.get(location), 200);
    ({ location } = await expect(visitor.post(location, fields), 303));
  }
  await expect(visitor.get(location), 200);
}

/** The processor time of opening and answering the first page and the last of the same size, when all are answered. */
async function costOfPages(
  lines: Lines,
  slug: string,
  { answers }: GeneratedForm,
): Promise<{ perSecond: number; microseconds: number; share: number }> {
  const visitor = new Visitor(lines);
  await fillIn(visitor, slug, answers);
  // The last pages have a component less than the first: they are compared with the first of their size.
  const last = answers.length - 1;
  const first = answers.findIndex(
    ([, fields]) => Object.keys(fields).length === Object.keys(answers[last]?.[1] ?? {}).length,
  );
  const costs: number[] = [];
  for (const index of [first, last]) {
    const [page, fields] = answers[index] ?? ['', {}];
    const address = `/services/${slug}/apply/${page}`;
    const { microseconds } = await rate(async () => {
      await expect(visitor.get(address), 200);
      await expect(visitor.post(address, fields), 303);
    });
    costs.push(microseconds);
  }
  const [cheap = 0, dear = 0] = costs;
  return { perSecond: cheap, microseconds: dear, share: dear / cheap };
}

async function expect(sending: Promise<{ status: number; body: string; location: string }>, status: number) {
  const answered = await sending;
  if (answered.status !== status)
    throw new Error(`Expected ${status}, got ${answered.status}: ${answered.body.slice(0, 2000)}`);
  return answered;
}
