import type { Database } from '#platform';
import type { PoolClient } from 'pg';

/** Tells other processes that a courier lives: after kill -9 its claims are given to others, and not before. */
export interface ClaimHolder {
  /** Takes the lock that says so, again where the connection was lost. */
  hold(): Promise<void>;
  /** Which of these couriers live no more. */
  listGone(couriers: readonly string[]): Promise<string[]>;
  release(): Promise<void>;
}

/**
 * Holds a session advisory lock under the courier's id, which PostgreSQL drops with the connection, and so with the
 * process, however that ends.
 */
export function holdClaims(database: Database, courier: string): ClaimHolder {
  let client: PoolClient | undefined;
  const lock = `hashtextextended($1, 727002)`;
  const lose = (): void => {
    client = undefined;
  };

  return {
    async hold() {
      if (client !== undefined) return;
      const taken = await database.pool.connect();
      taken.once('error', lose);
      taken.once('end', lose);
      await taken.query(`select pg_advisory_lock(${lock})`, [courier]);
      client = taken;
    },

    async listGone(couriers) {
      if (couriers.length === 0 || client === undefined) return [];
      const gone: string[] = [];
      for (const each of couriers) {
        const { rows } = await client.query<{ gone: boolean }>(`select pg_try_advisory_lock(${lock}) as gone`, [each]);
        if (rows[0]?.gone !== true) continue;
        gone.push(each);
        await client.query(`select pg_advisory_unlock(${lock})`, [each]);
      }
      return gone;
    },

    async release() {
      const held = client;
      if (held === undefined) return;
      client = undefined;
      held.off('error', lose);
      held.off('end', lose);
      // The connection goes, and the lock with it.
      held.release(true);
    },
  };
}
