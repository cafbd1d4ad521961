import { readFileSync } from 'node:fs';

import type { Client } from 'pg';

export interface Passwords {
  readonly commonhold_owner: string;
  readonly commonhold: string;
}

/** Makes the roles of roles.sql, where they are missing, and gives the two logins their passwords. Needs a superuser. */
export async function createRoles(superuser: Client, passwords: Passwords): Promise<void> {
  await superuser.query(readFileSync(new URL('../roles.sql', import.meta.url), 'utf8'));
  for (const login of ['commonhold_owner', 'commonhold'] as const) {
    const password = passwords[login];
    await superuser.query(
      `ALTER ROLE ${superuser.escapeIdentifier(login)} PASSWORD ${superuser.escapeLiteral(password)}`,
    );
  }
}
