import { resolve } from 'node:path';
import { bareCommand, say, textOf, UsageProblem, type Options, type Words } from './command.ts';
import { exportEstate } from './estate-export.ts';
import { importIntoEstate } from './estate-import.ts';
import { withDatabase } from './surroundings.ts';

/** `estate import FILE` and `estate export DIR`. */
export async function runEstate([action, file = '']: Words, { map, kind }: Options): Promise<void> {
  if (action === 'export') {
    return withDatabase('beside the program', async (settings) => {
      for (const path of await exportEstate(settings, resolve(file))) say(path);
    });
  }
  if (action !== 'import')
    throw new UsageProblem(
      `There is no "estate ${action}". Use: ${bareCommand} estate import FILE [--map MAP.json], or estate export DIR`,
    );
  await withDatabase('beside the program', async (settings) => {
    const done = await importIntoEstate(
      settings,
      resolve(file),
      {
        map: typeof map === 'string' ? resolve(map) : undefined,
        kind: textOf(kind),
      },
      say,
    );
    say(
      `${done.rowsRead} rows read: ${done.rowsAdded} added, ${done.rowsChanged} changed, ${done.rowsSame} the same as before, ${done.rowsAside} kept aside.`,
    );
    if (done.rowsAside > 0) process.exitCode = 1;
  });
}
