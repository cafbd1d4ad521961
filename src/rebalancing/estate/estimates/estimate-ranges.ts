import { Problem, recordAudit, type Tx } from '#platform';
import { estateTables } from '../database.ts';
import { whoSays } from '../statements.ts';

/** Three points of a triangle, in hundredths of a per cent of an estimate: 10,000 is what was estimated. */
export interface Spread {
  readonly least: number;
  readonly likeliest: number;
  readonly most: number;
}

/** How far the estimates of a move may be wrong. */
export interface EstimateRange {
  /** What moving costs in the end. */
  readonly moving: Spread;
  /** What a year on the target costs in the end. */
  readonly yearly: Spread;
  /** How many moves end one, two and three quarters late, in hundredths of a per cent; the others are on time. */
  readonly late: readonly [number, number, number];
}

/**
 * What is taken where nobody said otherwise: moving costs rather more than was thought, a year on the target what was
 * thought, and six moves in ten are on time. An assumption of ours, to be replaced by what a government has seen itself.
 */
export const usualRange: EstimateRange = {
  moving: { least: 9000, likeliest: 10_500, most: 17_000 },
  yearly: { least: 10_000, likeliest: 10_000, most: 10_000 },
  late: [2500, 1000, 500],
};

/** A range that somebody stated, of a target or of a part. */
export interface StatedRange extends EstimateRange {
  readonly subjectId: string;
  readonly source: string;
  readonly by: string;
  readonly at: string;
}

/** What a range is about. A part belongs to a department, a target to the government. */
export type RangeSubject =
  | { readonly kind: 'target'; readonly id: string; readonly name: string }
  | { readonly kind: 'part'; readonly id: string; readonly name: string; readonly departmentId: string };

/** The ranges that were stated, by the target or part that each is about. */
export async function listRanges(tx: Tx): Promise<Map<string, StatedRange>> {
  const rows = await estateTables(tx)
    .selectFrom('estimate_ranges')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .execute();
  return new Map(
    rows.map((row) => [
      row.subject_id,
      {
        subjectId: row.subject_id,
        moving: { least: row.moving_least, likeliest: row.moving_likeliest, most: row.moving_most },
        yearly: { least: row.yearly_least, likeliest: row.yearly_likeliest, most: row.yearly_most },
        late: [row.late_by_one, row.late_by_two, row.late_by_three],
        source: row.source,
        by: row.said_by,
        at: row.said_at,
      },
    ]),
  );
}

/**
 * States how far the estimates of a target or a part may be wrong; or, with null, that they are as is usual again.
 *
 * @throws Problem unprocessable where the likeliest is not between the least and the most, or more than all moves are late.
 */
export async function saveRange(
  tx: Tx,
  subject: RangeSubject,
  range: EstimateRange | null,
  source: string,
): Promise<void> {
  const wrong = range === null ? undefined : wrongWith(range)[0];
  if (wrong !== undefined) throw new Problem('unprocessable', { message: `${wrong.text}.` });
  const tables = estateTables(tx);
  if (range === null) {
    await tables
      .deleteFrom('estimate_ranges')
      .where('organisation_id', '=', tx.organisationId)
      .where('subject_id', '=', subject.id)
      .execute();
  } else {
    const columns = {
      moving_least: range.moving.least,
      moving_likeliest: range.moving.likeliest,
      moving_most: range.moving.most,
      yearly_least: range.yearly.least,
      yearly_likeliest: range.yearly.likeliest,
      yearly_most: range.yearly.most,
      late_by_one: range.late[0],
      late_by_two: range.late[1],
      late_by_three: range.late[2],
      source,
      said_by: whoSays(tx),
      said_at: new Date().toISOString(),
    };
    await tables
      .insertInto('estimate_ranges')
      .values({
        organisation_id: tx.organisationId,
        subject_id: subject.id,
        subject_kind: subject.kind,
        department_id: subject.kind === 'part' ? subject.departmentId : null,
        ...columns,
      })
      .onConflict((conflict) => conflict.columns(['organisation_id', 'subject_id']).doUpdateSet(columns))
      .execute();
  }
  await recordAudit(tx, {
    action: 'estate.range-stated',
    subject: { kind: subject.kind, id: subject.id, name: subject.name },
    detail: { range: range === null ? 'usual' : JSON.stringify(range) },
  });
}

/** What is wrong with a range, and of which of its numbers. */
export function wrongWith(range: EstimateRange): { readonly of: RangeNumber; readonly text: string }[] {
  const wrong: { of: RangeNumber; text: string }[] = [];
  for (const [of, name] of [
    ['moving', 'Cost of moving'],
    ['yearly', 'Cost a year'],
  ] as const) {
    const { least, likeliest, most } = range[of];
    if (likeliest < least) {
      wrong.push({
        of: `${of}Likeliest`,
        text: `${name}: the likeliest is less than the least. Enter one that is not`,
      });
    }
    if (most < likeliest) {
      wrong.push({ of: `${of}Most`, text: `${name}: the most is less than the likeliest. Enter one that is not` });
    }
  }
  const late = range.late.reduce((sum, share) => sum + share, 0);
  if (late > 10_000) {
    wrong.push({
      of: 'late1',
      text: `Together ${late / 100}% of the moves would be late. Enter shares that come to 100% at most`,
    });
  }
  return wrong;
}

/** The numbers of a range, as a form asks them. */
export type RangeNumber = `${'moving' | 'yearly'}${'Least' | 'Likeliest' | 'Most'}` | 'late1' | 'late2' | 'late3';
