import { migrateDatabase } from '#platform';
import { partFolders } from '../src/parts.ts';
import { asOwner, onDatabase, openTestServer, type TestServer } from './server.ts';

let server: TestServer | undefined;
let template = '';

/** Starts one PostgreSQL for all test files, with a migrated database that each file clones: see database.ts. */
export async function globalSetup(): Promise<void> {
  server = await openTestServer();
  template = `commonhold_template_${process.pid}`;
  await asOwner(
    server.ownerUrl,
    `drop database if exists ${template}`,
    `create database ${template} template template0`,
  );
  await migrateDatabase(onDatabase(server.ownerUrl, template), partFolders);
  process.env['COMMONHOLD_TEST_SERVER'] = JSON.stringify({ url: server.url, ownerUrl: server.ownerUrl, template });
}

export async function globalTeardown(): Promise<void> {
  if (server === undefined) return;
  await asOwner(server.ownerUrl, `drop database if exists ${template} with (force)`);
  await server.stop();
}
