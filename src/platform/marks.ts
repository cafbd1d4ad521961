import type pg from 'pg';

/** A fact about this database as a whole. */
export type Mark = 'demonstration';

/** Whether a mark stands in the database. */
export async function hasMark(pool: pg.Pool, mark: Mark): Promise<boolean> {
  const { rows } = await pool.query('select 1 from platform.marks where name = $1', [mark]);
  return rows.length > 0;
}
