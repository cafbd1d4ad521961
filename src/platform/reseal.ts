import pg from 'pg';
import type { Part } from './part.ts';
import { sealedPlace } from './part.ts';
import type { Keyring } from './secrets.ts';

/** How many rows are read and sealed in one transaction. */
const batchRows = 500;

/**
 * Seals again, with the current key, whatever was sealed with an older one, in every column that the parts name. It can
 * be stopped and run again: what is current is passed over.
 *
 * @returns how many values were sealed anew.
 */
export async function resealAll(ownerUrl: string, keyring: Keyring, parts: readonly Part[]): Promise<number> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  let resealed = 0;
  try {
    for (const part of parts) {
      for (const sealed of part.sealedColumns ?? []) {
        const name = (text: string): string => pg.escapeIdentifier(text);
        const table = `${name(part.name)}.${name(sealed.table)}`;
        const key = sealed.key.map(name).join(', ');
        const places = sealed.key.map((_, index) => `$${index + 1}`).join(', ');
        let last: string[] | undefined;
        for (;;) {
          await client.query('begin');
          const { rows } = await client.query<(string | Buffer)[]>({
            text: `select ${sealed.key.map((column) => `${name(column)}::text`).join(', ')}, ${name(sealed.column)} from ${table}
                    where ${name(sealed.column)} is not null ${last === undefined ? '' : `and (${key}) > (${places})`}
                    order by ${key} limit ${batchRows} for update`,
            values: last ?? [],
            rowMode: 'array',
          });
          for (const row of rows) {
            const values = row.slice(0, -1).map(String);
            const old = row.at(-1);
            if (!Buffer.isBuffer(old) || keyring.isCurrent(old)) continue;
            const place = sealedPlace(`${part.name}.${sealed.table}.${sealed.column}`, ...values);
            await client.query(
              `update ${table} set ${name(sealed.column)} = $${values.length + 1} where (${key}) = (${places})`,
              [...values, keyring.seal(place, keyring.open(place, old))],
            );
            resealed += 1;
          }
          await client.query('commit');
          last = rows.at(-1)?.slice(0, -1).map(String);
          if (rows.length < batchRows) break;
        }
      }
    }
  } finally {
    await client.end();
  }
  return resealed;
}
