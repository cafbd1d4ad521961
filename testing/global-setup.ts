import { migrateDatabase } from '#platform';
import { partFolders } from '../src/parts.ts';
import { asOwner, listDatabases, onDatabase, openTestServer, type TestServer } from './server.ts';

let server: TestServer | undefined;
/** The names of this run's databases begin with it, so that runs beside each other on one server keep apart. */
const prefix = `commonhold_test_${process.pid}_`;

/** Starts one PostgreSQL for all test files, with a migrated database that each file clones: see database.ts. */
export async function globalSetup(): Promise<void> {
  server = await openTestServer();
  const template = `${prefix}template`;
  await asOwner(server.ownerUrl, `create database ${template} template template0`);
  await migrateDatabase(onDatabase(server.ownerUrl, template), partFolders);
  process.env['COMMONHOLD_TEST_SERVER'] = JSON.stringify({
    url: server.url,
    ownerUrl: server.ownerUrl,
    template,
    prefix,
  });
}

export async function globalTeardown(): Promise<void> {
  if (server === undefined) return;
  for (const name of await listDatabases(server.ownerUrl, prefix)) {
    await asOwner(server.ownerUrl, `drop database if exists ${name}`);
  }
  await server.stop();
}
