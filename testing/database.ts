import { after } from 'node:test';
import { openDatabase, recordMandateUse, type Database } from '#platform';
import { asOwner, onDatabase } from './server.ts';

/** A database of a test file's own, cloned from the migrated template, and gone when the file's tests are done. */
export interface TestDatabase {
  readonly url: string;
  readonly ownerUrl: string;
  /** As the application's login, under row-level security. */
  readonly database: Database;
}

let made = 0;

/**
 * Call it at the top of a test file, not in a hook: it is gone when the one who called is done.
 *
 * @param options.empty a database without any table, for tests of migrations.
 */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const text = process.env['COMMONHOLD_TEST_SERVER'];
  if (text === undefined) {
    throw new Error(
      'There is no test server: run "npm test", or node --test --test-global-setup=testing/global-setup.ts FILE.',
    );
  }
  const server: { url: string; ownerUrl: string; template: string; prefix: string } = JSON.parse(text);
  const name = `${server.prefix}${process.pid}_${(made += 1)}`;
  const template = options.empty === true ? 'template0' : server.template;
  await asOwner(server.ownerUrl, `create database ${name} template ${template}`);
  const url = onDatabase(server.url, name);
  const database = openDatabase({
    url,
    connections: 8,
    onIdleError: () => {},
    onMandateUsed: recordMandateUse,
  });
  // The database itself goes with all others at the end of the run: whoever else is connected may close later than this.
  after(() => database.close());
  return { url, ownerUrl: onDatabase(server.ownerUrl, name), database };
}
