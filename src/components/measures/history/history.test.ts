import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { importHistoryFile } from '#measures';
import { createTestDatabase } from '../../../../testing/database.ts';
import { findHistoryPopulation, readFigures, readRevisions } from '../figures/population.ts';
import { summarise } from '../figures/summary.ts';
import { takeOn } from '../../../../testing/departments.ts';

const { database } = await createTestDatabase();
const government = await takeOn(database, 'government', null);
const about = { publisher: 'A cabinet office', licence: 'OGL', source: 'https://example.gov', currency: 'GBP' };

suite('the published history of UK services', () => {
  const file = join(import.meta.dirname, '../../../../../shared/data/measures/uk-transactional-services.csv');
  const skip = existsSync(file) ? false : 'the file is not beside the project';

  test('totals, medians and figures of departments are those that the file comes to by itself', { skip }, async () => {
    const done = await importHistoryFile(database, government.scope, file, {
      ...about,
      title: 'UK services',
      fileName: 'services.csv',
    });
    assert.equal(done.services, 734);
    const population = await findHistoryPopulation(database, 'uk-services');
    assert.ok(population);
    const figures = await readFigures(database, population);
    const rows = await readPlainly(file);
    const quarters = [
      ...new Set(rows.flatMap((row) => Object.keys(row)).map((name) => /^\d{4}-Q\d/.exec(name)?.[0])),
    ].filter((quarter) => quarter !== undefined);
    assert.equal(quarters.length, 21);
    const departments = [...new Set(rows.map((row) => row['Department'] ?? ''))];
    assert.equal(departments.length, 18);
    for (const quarter of quarters) {
      const ours = figures.filter((figure) => figure.quarter === quarter);
      compare(summarise(ours), plainly(rows, quarter), quarter);
      for (const department of departments) {
        const ids = new Set(
          population.services.filter((each) => each.department === department).map((each) => each.serviceId),
        );
        compare(
          summarise(ours.filter((figure) => ids.has(figure.serviceId))),
          plainly(
            rows.filter((row) => row['Department'] === department),
            quarter,
          ),
          `${quarter} of ${department}`,
        );
      }
    }
  });

  test('taken in again it changes nothing, and its footnotes are kept', { skip }, async () => {
    const again = await importHistoryFile(database, government.scope, file, {
      ...about,
      title: 'UK services',
      fileName: 'services.csv',
    });
    assert.deepEqual([again.services, again.figures], [734, 0]);
  });
});

suite('a small history', () => {
  const headings = 'Department,Name of service,2016-Q3 Vol.,2016-Q3 CPT (£),2016-Q3 Completion rate,Other notes';

  test('a newer file corrects a figure, with both values kept, and gaps stay gaps', async () => {
    const first = await importText(
      `${headings}\nRoads,Report a fault,"1,200",£3.97,85%,counted by hand\nRoads,Close a road,-,,,\n`,
    );
    assert.deepEqual([first.services, first.figures, first.leftOut], [2, 1, []]);
    const second = await importText(`${headings}\nRoads,Report a fault,"1,300",£3.97,85%,\n`);
    assert.equal(second.figures, 1);
    const population = await findHistoryPopulation(database, 'a-small-one');
    const service = population?.services.find((each) => each.name === 'Report a fault');
    assert.ok(service);
    const revisions = await readRevisions(database, service.serviceId);
    assert.deepEqual(
      revisions.map(({ revision, transactions, costPerTransaction, completionRate, reason }) => {
        return { revision, transactions, costPerTransaction, completionRate, reason };
      }),
      [
        {
          revision: 2,
          transactions: 1300,
          costPerTransaction: 397,
          completionRate: 0.85,
          reason: 'Published otherwise in small.csv.',
        },
        { revision: 1, transactions: 1200, costPerTransaction: 397, completionRate: 0.85, reason: null },
      ],
    );
  });

  test('a period that is not twelve months, and a cell that is no number, are left out and said', async () => {
    const done = await importText(
      'Department,Name of service,January 2014 to December 2015: volume,July 2015 to June 2016: volume\nRoads,Report a fault,5,many\n',
    );
    assert.deepEqual(done.figures, 0);
    assert.match(done.leftOut.join('\n'), /January 2014 to December 2015.*not about twelve months/);
    assert.match(done.leftOut.join('\n'), /Row 2, Report a fault: "many" for 2016-Q3/);
  });

  test('a file that holds no history is refused with what it should hold', async () => {
    await assert.rejects(importText('a,b\n1,2\n'), /no row has a column "Name of service"/);
  });

  async function importText(text: string) {
    const folder = await mkdtemp(join(tmpdir(), 'commonhold-history-'));
    try {
      await writeFile(join(folder, 'small.csv'), text);
      return await importHistoryFile(database, government.scope, join(folder, 'small.csv'), {
        ...about,
        title: 'A small one',
        fileName: 'small.csv',
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  }
});

interface Plain {
  readonly transactions: number;
  readonly takeUp: number | null;
  readonly cost: number;
  readonly median: number | null;
}

function compare(ours: ReturnType<typeof summarise>, theirs: Plain, what: string): void {
  assert.equal(ours.transactions ?? 0, theirs.transactions, `transactions, ${what}`);
  close(ours.takeUp, theirs.takeUp, `take-up, ${what}`);
  close((ours.cost ?? 0) / 100, theirs.cost, `cost, ${what}`);
  close(
    ours.medianCostPerTransaction === null ? null : ours.medianCostPerTransaction / 100,
    theirs.median,
    `median, ${what}`,
  );
}

function close(ours: number | null, theirs: number | null, what: string): void {
  if (ours === null || theirs === null) assert.equal(ours, theirs, what);
  else assert.ok(Math.abs(ours - theirs) <= 1e-9 * Math.max(1, Math.abs(theirs)), `${what}: ${ours} is not ${theirs}`);
}

/** The file as it is, without any of our code. */
async function readPlainly(path: string): Promise<Record<string, string>[]> {
  const lines: string[][] = parse(await readFile(path, 'utf8'), { relax_column_count: true });
  const [names = [], ...rows] = lines;
  return rows.map((row) => Object.fromEntries(names.map((name, place) => [name, (row[place] ?? '').trim()])));
}

/** What one quarter of these rows comes to, worked out anew. */
function plainly(rows: readonly Record<string, string>[], quarter: string): Plain {
  const number = (row: Record<string, string>, name: string): number => {
    const cell = row[`${quarter} ${name}`] ?? '';
    return /\d/.test(cell) ? Number(cell.replaceAll(/[£,]/g, '')) : Number.NaN;
  };
  let [transactions, digital, ofDigital, cost] = [0, 0, 0, 0];
  const costs: number[] = [];
  for (const row of rows) {
    const [volume, online, each] = [number(row, 'Vol.'), number(row, 'Digital vol.'), number(row, 'CPT (£)')];
    if (!Number.isNaN(volume)) transactions += volume;
    if (volume > 0 && !Number.isNaN(online)) {
      digital += online;
      ofDigital += volume;
    }
    if (!Number.isNaN(each)) costs.push(each);
    if (!Number.isNaN(each) && !Number.isNaN(volume)) cost += each * volume;
  }
  costs.sort((one, other) => one - other);
  const half = Math.floor(costs.length / 2);
  const middle = costs.length % 2 === 1 ? [costs[half] ?? 0] : [costs[half - 1] ?? 0, costs[half] ?? 0];
  return {
    transactions,
    takeUp: ofDigital === 0 ? null : digital / ofDigital,
    cost,
    median: costs.length === 0 ? null : middle.reduce((sum, value) => sum + value, 0) / middle.length,
  };
}
