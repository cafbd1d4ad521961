import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { EmbeddedPostgres, PostgresAddresses } from './platform/embedded-postgres/index.ts';
import type { Settings } from '#platform';

// What a command does not need is not loaded: a second start is to be up within three seconds.

interface Command {
  readonly usage: string;
  readonly summary: string;
  /** What --help says after the summary. */
  readonly more?: string;
  readonly options?: { readonly [name: string]: { readonly type: 'boolean' | 'string' } };
  /** How many words may follow, at least and at most. */
  readonly words: readonly [number, number];
  readonly run: (words: readonly string[], options: Readonly<Record<string, unknown>>) => Promise<void>;
}

const commands: Readonly<Record<string, Command>> = {
  start: {
    usage: 'start [--empty]',
    summary: 'Starts everything: the database, the web server and the jobs.',
    more: `Without DATABASE_URL it starts a PostgreSQL of its own, whose data lies in DATA_FOLDER (.data), and brings its
tables up to date. The first start loads a demonstration government; --empty leaves that out. A database of your own
(DATABASE_URL) is never filled with the demonstration, in which anybody may sign in as anybody.
Ctrl-C, or SIGTERM, finishes what is in flight, then stops the jobs, then the database.`,
    options: { empty: { type: 'boolean' } },
    words: [0, 0],
    run: async (_words, { empty }) => runProgram({ web: true, jobs: true, demonstration: empty !== true }),
  },
  web: {
    usage: 'web',
    summary: 'Starts a web server only, over DATABASE_URL.',
    words: [0, 0],
    run: async () => runProgram({ web: true, jobs: false, demonstration: false }),
  },
  jobs: {
    usage: 'jobs',
    summary: 'Starts the jobs only, over DATABASE_URL.',
    words: [0, 0],
    run: async () => runProgram({ web: false, jobs: true, demonstration: false }),
  },
  migrate: {
    usage: 'migrate',
    summary: "Brings the database's tables up to date.",
    more: 'Needs DATABASE_OWNER_URL beside DATABASE_URL. Safe to repeat, and to run on several machines at once.',
    words: [0, 0],
    run: async () =>
      withDatabase('alone', async (settings) => {
        const { migrate } = await import('./main.ts');
        await migrate(settings);
        say('The tables are up to date.');
      }),
  },
  operator: {
    usage: 'operator add EMAIL',
    summary: 'Makes a platform operator, and prints a one-time link to sign in with.',
    more: 'This is the only way in before e-mail works. Whoever has the link is the operator: hand it over in private.',
    words: [2, 2],
    run: addOperator,
  },
  backup: {
    usage: 'backup FILE',
    summary: 'Writes the whole database, as it is at one moment, and the uploads into one file.',
    more: `The program may run meanwhile. The encryption key is not in the file: keep a copy of it in another place, because
without it saved answers and keys cannot be read after a restore.`,
    words: [1, 1],
    run: async ([file = '']) => backUp(file),
  },
  restore: {
    usage: 'restore FILE',
    summary: 'Fills an empty database from a file that backup wrote.',
    more: `The database must be empty, and the file must come from the same version of the tables. Everything is restored, or
nothing. Put the encryption key of the backed-up system in its place first (ENCRYPTION_KEYS, or the file that the backup named).`,
    words: [1, 1],
    run: async ([file = '']) => restoreFrom(file),
  },
  'rotate-keys': {
    usage: 'rotate-keys',
    summary: 'Encrypts everything anew with the newest encryption key.',
    more: `With an embedded database it makes a new key first, and keeps the old ones. Otherwise put a new key into
ENCRYPTION_KEYS on every machine first (OLD,NEW,OLD), then at the front (NEW,OLD), and then run this: the guide to
deploying tells why. Keep the old keys at the end of the list: older backups, and finding people by their address, need them.`,
    words: [0, 0],
    run: rotateKeys,
  },
  generate: {
    usage: 'generate [--check]',
    summary: 'Makes the generated files anew; --check only says which are stale.',
    options: { check: { type: 'boolean' } },
    words: [0, 0],
    run: async (_words, { check }) => generate(check === true),
  },
  forms: {
    usage: 'forms check FILE... | convert FILE',
    summary: 'Walks through form definitions as people would, or writes one in the newest dialect.',
    more: `check: for each file the dialect, what the form consists of, whether it was imported and can be completed, how many pages
were covered and conditions taken both ways, and each problem with its place. --json prints all of it as JSON. It ends
with 1 if a form cannot be imported or completed.
convert: the form as a definition in DEFRA's V2 dialect; what that has no word for is said beside it.
Files are JSON or YAML, in DEFRA's V2 or V1, XGov's or the communities department's and UKHSA's dialect.`,
    options: { json: { type: 'boolean' } },
    words: [2, Infinity],
    run: async ([action = '', ...files], { json }) => runForms(action, files, json === true),
  },
  measures: {
    usage: 'measures import FILE',
    summary: 'Takes in a published history of measures, such as that of another government.',
    more: `The file is CSV or an Excel workbook: a row for each service, with the columns "Name of service" and "Department", and
columns such as "2016-Q3 Vol." or "July 2015 to June 2016: volume". Importing it again changes nothing; a newer file under
the same title corrects what differs, and both values stay.
--title, --publisher, --licence and --source are shown beside the figures and in the open data.`,
    options: {
      title: { type: 'string' },
      publisher: { type: 'string' },
      licence: { type: 'string' },
      source: { type: 'string' },
    },
    words: [2, 2],
    run: importMeasures,
  },
  estate: {
    usage: 'estate import FILE [--map MAP.json] [--kind KIND] | export DIR',
    summary: 'Takes systems, contracts, spend or contract notices into the estate from a file, or all of it out.',
    more: `import: CSV in any encoding, an Excel workbook (.xlsx), or releases and records of the Open Contracting Data Standard (JSON).
What it holds and which column is what is recognised. --map names a file with what cannot be, such as
{"columns": {"name": "Programme", "department": "Ministry"}}; --kind is systems, contracts, spend or notices.
Importing a file again changes nothing. Rows that cannot be taken are kept aside, with the reason; then it ends with 1.
export: everything as CSV into the folder DIR, and the contracts as a release package of the Open Contracting Data Standard.
Systems, parts and contracts can be changed in a spreadsheet and imported again: only what is different is taken.`,
    options: { map: { type: 'string' }, kind: { type: 'string' } },
    words: [2, 2],
    run: runEstate,
  },
  plan: {
    usage: 'plan [FILE] [--gap 1%] [--seconds 60] [--json | --csv]',
    summary: 'Plans what moves to what and when, to a proven distance from the best.',
    more: `Plans the estate of the database, or a problem in a JSON file. The plan is printed as a table, or with --json or --csv;
progress goes to standard error. Ctrl-C keeps the best plan so far.`,
    options: {
      gap: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'boolean' },
      csv: { type: 'boolean' },
    },
    words: [0, 1],
    run: makePlan,
  },
  notify: {
    usage: 'notify import-templates --service ADDRESS --url URL',
    summary: 'Brings the templates of a GOV.UK Notify API into a service, with the key in NOTIFY_API_KEY.',
    more: `--service: what stands after /services/ in the address of the service's page.
--url: the base of the API, such as https://api.notifications.service.gov.uk.
It prints for each template its id there and its id here. Again, it publishes new versions of what has changed there.`,
    options: { service: { type: 'string' }, url: { type: 'string' } },
    words: [1, 1],
    run: async ([action], { service, url }) => runNotify(action, service, url),
  },
  bench: {
    usage: 'bench [NAME]',
    summary: 'Runs one benchmark, or all of them.',
    words: [0, 1],
    run: async ([name]) => bench(name),
  },
};

/** A command line that cannot be followed. */
class UsageProblem extends Error {}

const root = join(import.meta.dirname, '..');
const bareCommand = 'bin/commonhold';

await answer(process.argv.slice(2));

async function answer(words: readonly string[]): Promise<void> {
  try {
    await runCommand(words);
  } catch (error) {
    if (error instanceof UsageProblem) {
      console.error(error.message);
      process.exitCode = 2;
      return;
    }
    console.error(await describeFailure(error));
    process.exitCode = 1;
  }
}

async function runCommand([name, ...rest]: readonly string[]): Promise<void> {
  if (name === undefined) throw new UsageProblem(help());
  if (name === '--help' || name === '-h' || name === 'help') {
    console.log(help());
    return;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    throw new UsageProblem(
      `There is no command "${name}". Use one of ${Object.keys(commands).join(', ')}; "${bareCommand} --help" tells what each does.`,
    );
  }
  const { values, positionals } = parse(name, command, rest);
  if (values['help'] === true) {
    console.log(`${bareCommand} ${command.usage}\n\n${[command.summary, command.more].filter(Boolean).join('\n\n')}`);
    return;
  }
  const [least, most] = command.words;
  if (positionals.length < least || positionals.length > most) {
    throw new UsageProblem(`"${name}" has ${positionals.length} words after it. Use: ${bareCommand} ${command.usage}`);
  }
  await command.run(positionals, values);
}

function parse(name: string, command: Command, words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { ...command.options, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\.? To specify a positional.*$/s, '') : '';
    throw new UsageProblem(`"${name}" cannot be run: ${reason}. Use: ${bareCommand} ${command.usage}`, {
      cause: error,
    });
  }
}

function help(): string {
  const width = Math.max(...Object.values(commands).map(({ usage }) => usage.length));
  return [
    `${bareCommand} COMMAND`,
    '',
    ...Object.values(commands).map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`),
    '',
    `"${bareCommand} COMMAND --help" tells more. Settings are environment variables: docs/settings.md lists them.`,
  ].join('\n');
}

/** Runs until a signal comes, and ends within ten seconds of it. */
async function runProgram(parts: { web: boolean; jobs: boolean; demonstration: boolean }): Promise<void> {
  const stop = watchSignals();
  const settings = await ownSettings();
  // Loaded while the database starts.
  const loading = import('./main.ts');
  // Its failure is met where it is awaited; before that nobody would listen, and the database would be left behind.
  loading.catch(() => {});
  let database: EmbeddedPostgres | undefined;
  let program: { address: string; stop(): Promise<void> } | undefined;
  let usable: Settings;
  // In a demonstration anybody may sign in as anybody: never in a database that somebody chose.
  const demonstration = parts.demonstration && settings.databaseUrl === undefined;
  if (settings.databaseUrl === undefined) {
    if (!parts.web || !parts.jobs) {
      throw new UsageProblem(
        'DATABASE_URL is not set. Set it to a PostgreSQL 15 or later that all machines share, or run "start", which brings its own.',
      );
    }
    const { startEmbeddedPostgres } = await import('./platform/embedded-postgres/index.ts');
    database = await startEmbeddedPostgres({
      folder: settings.dataFolder,
      address: settings.publicUrl,
      say,
      onFailure: (error) => {
        console.error(error.message);
        process.exitCode = 1;
        stop.request();
      },
    });
    usable = await withEmbedded(settings, database);
    // Nobody sends a demonstration anything real; its pages say that nothing is scanned.
    if (demonstration) usable = { ...usable, fileScanner: usable.fileScanner ?? 'development' };
  } else {
    usable = settings;
  }
  stop.beforeForce(() => {
    if (database) process.kill(database.serverProcessId, 'SIGQUIT');
  });
  try {
    if (!stop.isRequested()) {
      const { startProgram } = await loading;
      program = await startProgram(usable, { ...parts, demonstration, say });
      if (parts.web) say(`Commonhold is running at ${program.address}`);
      else say('The jobs are running.');
      if (demonstration)
        say(`Staff sign in at ${program.address}/staff/sign-in; the demonstration lists its people there.`);
      say('Ctrl-C stops it.');
    }
    await stop.requested;
    say('Stopping: finishing what is in flight.');
  } finally {
    try {
      await program?.stop();
    } finally {
      await database?.stop();
    }
  }
  say('Stopped.');
  // Whatever is still open then (an idle connection of a client) must not keep the process.
  process.exit();
}

interface StopWatch {
  /** Resolves at the first signal. */
  readonly requested: Promise<void>;
  isRequested(): boolean;
  request(): void;
  /** What is done last when it is forced. */
  beforeForce(action: () => void): void;
}

/**
 * Ctrl-C in a terminal reaches npm and us, and npm passes it on: the second signal within a second is the same one. A
 * later one forces the end, and so do nine seconds.
 */
function watchSignals(): StopWatch {
  const { promise, resolve: request } = Promise.withResolvers<void>();
  let requestedAt: number | undefined;
  let lastAct: (() => void) | undefined;
  const force = (reason: string) => {
    console.error(reason);
    try {
      lastAct?.();
    } catch {
      // Gone already.
    }
    process.exit(1);
  };
  const onSignal = () => {
    if (requestedAt === undefined) {
      requestedAt = performance.now();
      setTimeout(() => {
        force(
          'It took longer than nine seconds to stop, so it was stopped by force. Nothing that was answered is lost.',
        );
      }, 9000).unref();
      request();
    } else if (performance.now() - requestedAt > 1000) {
      force('Stopped by force, because the signal came again. Nothing that was answered is lost.');
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return {
    requested: promise,
    isRequested: () => requestedAt !== undefined,
    request: onSignal,
    beforeForce: (action) => {
      lastAct = action;
    },
  };
}

/** The settings of the environment; the data folder is the project's, from whatever folder the command is run. */
async function ownSettings(): Promise<Settings> {
  const { readSettings } = await import('#platform');
  return readSettings({ ...process.env, DATA_FOLDER: process.env['DATA_FOLDER'] ?? join(root, '.data') });
}

async function withEmbedded(settings: Settings, database: PostgresAddresses): Promise<Settings> {
  const { ensureEncryptionKeys } = await import('./platform/embedded-postgres/index.ts');
  return {
    ...settings,
    databaseUrl: database.databaseUrl,
    databaseOwnerUrl: database.databaseOwnerUrl,
    encryptionKeys:
      settings.encryptionKeys.length > 0 ? settings.encryptionKeys : ensureEncryptionKeys(settings.dataFolder),
  };
}

/**
 * Gives a command its database: the one of DATABASE_URL, or the embedded one, started for the command.
 *
 * @param company whether the command may use the database of a program that is running: 'alone' refuses
 */
async function withDatabase(
  company: 'alone' | 'beside the program',
  act: (settings: Settings) => Promise<void>,
): Promise<void> {
  const settings = await ownSettings();
  if (settings.databaseUrl !== undefined || settings.databaseOwnerUrl !== undefined) {
    await act(settings);
    return;
  }
  const { findRunningPostgres, startEmbeddedPostgres } = await import('./platform/embedded-postgres/index.ts');
  const running = company === 'alone' ? undefined : findRunningPostgres(settings.dataFolder);
  if (running) {
    await act(await withEmbedded(settings, running));
    return;
  }
  const database = await startEmbeddedPostgres({ folder: settings.dataFolder, address: settings.publicUrl, say });
  try {
    await act(await withEmbedded(settings, database));
  } finally {
    await database.stop();
  }
}

function ownerUrlOf({ databaseOwnerUrl }: Settings): string {
  if (databaseOwnerUrl === undefined) {
    throw new UsageProblem(
      'DATABASE_OWNER_URL is not set. Set it to the same database as DATABASE_URL, with the login that owns the tables.',
    );
  }
  return databaseOwnerUrl;
}

async function addOperator([action, email = '']: readonly string[]): Promise<void> {
  if (action !== 'add')
    throw new UsageProblem(`There is no "operator ${action}". Use: ${bareCommand} operator add EMAIL`);
  await withDatabase('beside the program', async (settings) => {
    const program = await import('./main.ts');
    const link = await program.addOperator(settings, email);
    say(`${email} may sign in once with this link:`);
    console.log(link);
  });
}

async function backUp(file: string): Promise<void> {
  await withDatabase('beside the program', async (settings) => {
    const { backUpDatabase } = await import('./platform/backup/index.ts');
    const manifest = await backUpDatabase(ownerUrlOf(settings), resolve(file), uploadsFolderOf(settings));
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    say(
      `${resolve(file)} holds ${rows} rows of ${manifest.tables.length} tables, and ${manifest.uploads.length} uploads.`,
    );
    say(`The encryption key is not in it: ${await whereKeysAre(settings)} Keep a copy apart from the backup.`);
  });
}

async function restoreFrom(file: string): Promise<void> {
  await withDatabase('alone', async (settings) => {
    const { migrate } = await import('./main.ts');
    await migrate(settings);
    const { restoreDatabase } = await import('./platform/backup/index.ts');
    const manifest = await restoreDatabase(ownerUrlOf(settings), resolve(file), uploadsFolderOf(settings));
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    say(
      `Restored ${rows} rows of ${manifest.tables.length} tables, and ${manifest.uploads.length} uploads, and compared them.`,
    );
    say(
      `The encryption key is not in the backup: ${await whereKeysAre(settings)} It must be the one of the backed-up system.`,
    );
  });
}

function uploadsFolderOf(settings: Settings): string {
  return join(settings.dataFolder, 'uploads');
}

async function whereKeysAre(settings: Settings): Promise<string> {
  if ((await ownSettings()).encryptionKeys.length > 0) return 'it is in the setting ENCRYPTION_KEYS.';
  const { encryptionKeyFile } = await import('./platform/embedded-postgres/index.ts');
  return `it is in ${encryptionKeyFile(settings.dataFolder)}.`;
}

async function rotateKeys(): Promise<void> {
  await withDatabase('alone', async (settings) => {
    const program = await import('./main.ts');
    let encryptionKeys = settings.encryptionKeys;
    if ((await ownSettings()).encryptionKeys.length === 0) {
      const { addEncryptionKey } = await import('./platform/embedded-postgres/index.ts');
      encryptionKeys = addEncryptionKey(settings.dataFolder);
    }
    const count = await program.rotateKeys({ ...settings, encryptionKeys });
    say(
      `${count} values were encrypted anew; all have the newest key now. Keep the old ones: older backups need them.`,
    );
  });
}

/** Uses a database that is made for it and thrown away, so that what it writes depends on the migrations alone. */
async function generate(onlyCheck: boolean): Promise<void> {
  const { startEmbeddedPostgres } = await import('./platform/embedded-postgres/index.ts');
  const folder = mkdtempSync(join(tmpdir(), 'commonhold-generate-'));
  const database = await startEmbeddedPostgres({ folder, say: () => {}, temporary: true });
  try {
    const { generate: generateFiles } = await import('./generate.ts');
    const stale = await generateFiles(database.databaseOwnerUrl, { write: !onlyCheck });
    for (const path of stale) say(`${onlyCheck ? 'Stale' : 'Written'}: ${path}`);
    if (stale.length === 0) say('All generated files are current.');
    else if (onlyCheck) process.exitCode = 1;
  } finally {
    await database.stop();
  }
}

async function runForms(action: string, files: readonly string[], json: boolean): Promise<void> {
  if (action === 'check') await checkForms(files, json);
  else if (action === 'convert' && files.length === 1) await convertForm(files[0] ?? '');
  else
    throw new UsageProblem(
      `There is no "forms ${action}" of ${files.length} files. Use: ${bareCommand} forms check FILE... [--json], or ${bareCommand} forms convert FILE`,
    );
}

async function checkForms(files: readonly string[], json: boolean): Promise<void> {
  const { checkDefinition, describeCheck } = await import('#forms');
  const today = new Date().toISOString().slice(0, 10);
  const checks = files.map((file) => ({ file, ...checkDefinition(readGiven(file), today) }));
  if (json) console.log(JSON.stringify(checks, null, 2));
  else for (const { file, ...check } of checks) for (const line of describeCheck(file, check)) console.log(line);
  if (checks.some(({ imported, completed }) => !imported || !completed)) process.exitCode = 1;
}

async function convertForm(file: string): Promise<void> {
  const { readDefinitionText, writeDefraV2 } = await import('#forms');
  const { form, problems } = readDefinitionText(readGiven(file));
  for (const { pointer, message, severity } of problems) {
    if (severity === 'error') console.error(`${file}, at ${pointer || 'the start'}: ${message}`);
  }
  if (!form) {
    process.exitCode = 1;
    return;
  }
  const { definition, losses } = writeDefraV2(form);
  for (const loss of losses) console.error(`${file}: ${loss}`);
  console.log(JSON.stringify(definition, null, 2));
}

function readGiven(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageProblem(`The file ${file} cannot be read: ${reason}.`, { cause: error });
  }
}

async function importMeasures(
  [action, file = '']: readonly string[],
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (action !== 'import') {
    throw new UsageProblem(`There is no "measures ${action}". Use: ${bareCommand} measures import FILE`);
  }
  const word = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  await withDatabase('beside the program', async (settings) => {
    const { importMeasures: importFile } = await import('./commands/measures.ts');
    const done = await importFile(settings, resolve(file), {
      title: word('title'),
      publisher: word('publisher'),
      licence: word('licence'),
      source: word('source'),
    });
    for (const sentence of done.leftOut) say(sentence);
    say(`${done.services} services, of which ${done.figures} figures are new or different. They are at:`);
    console.log(`${settings.publicUrl}/performance/histories/${done.slug}`);
  });
}

async function runEstate(
  [action, file = '']: readonly string[],
  { map, kind }: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (action === 'export') {
    return withDatabase('beside the program', async (settings) => {
      const { exportEstate } = await import('./commands/estate-export.ts');
      for (const path of await exportEstate(settings, resolve(file))) say(path);
    });
  }
  if (action !== 'import')
    throw new UsageProblem(
      `There is no "estate ${action}". Use: ${bareCommand} estate import FILE [--map MAP.json], or estate export DIR`,
    );
  await withDatabase('beside the program', async (settings) => {
    const { importIntoEstate } = await import('./commands/estate-import.ts');
    const done = await importIntoEstate(
      settings,
      resolve(file),
      {
        map: typeof map === 'string' ? resolve(map) : undefined,
        kind: typeof kind === 'string' ? kind : undefined,
      },
      say,
    );
    say(
      `${done.rowsRead} rows read: ${done.rowsAdded} added, ${done.rowsChanged} changed, ${done.rowsSame} the same as before, ${done.rowsAside} kept aside.`,
    );
    if (done.rowsAside > 0) process.exitCode = 1;
  });
}

async function makePlan([file]: readonly string[], values: Readonly<Record<string, unknown>>): Promise<void> {
  const { printPlan, readEstateProblem, readProblemFile } = await import('./commands/plan.ts');
  const word = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const words = {
    gap: word('gap'),
    seconds: word('seconds'),
    json: values['json'] === true,
    csv: values['csv'] === true,
  };
  if (file !== undefined) return printPlan(readProblemFile(resolve(file)), words);
  await withDatabase('beside the program', async (settings) => printPlan(await readEstateProblem(settings), words));
}

async function runNotify(action: string | undefined, service: unknown, url: unknown): Promise<void> {
  const apiKey = process.env['NOTIFY_API_KEY'] ?? '';
  if (action !== 'import-templates' || typeof service !== 'string' || typeof url !== 'string' || apiKey === '') {
    throw new UsageProblem(
      `Use: NOTIFY_API_KEY=… ${bareCommand} notify import-templates --service ADDRESS --url URL, with a key of the service there.`,
    );
  }
  const { importNotifyTemplates } = await import('./commands/notify.ts');
  await withDatabase('beside the program', (settings) => importNotifyTemplates(settings, { service, url, apiKey }));
}

async function bench(name: string | undefined): Promise<void> {
  const { spawnSync } = await import('node:child_process');
  const folder = join(root, 'bench');
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => basename(file, '.ts'));
  if (name !== undefined && !names.includes(name)) {
    throw new UsageProblem(`There is no benchmark "${name}". Use one of ${names.join(', ')}.`);
  }
  for (const each of name === undefined ? names : [name]) {
    const { status } = spawnSync(process.execPath, [join(folder, `${each}.ts`)], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}

/** What was foreseen gets its sentence; only what was not gets a stack, for the report that somebody will write. */
async function describeFailure(error: unknown): Promise<string> {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    const port = 'port' in error ? String(error.port) : '';
    return `Port ${port} is in use by another program. Stop that one, or set PORT to another number.`;
  }
  const { SettingsProblem, Problem } = await import('#platform');
  const { AlreadyRunning } = await import('./platform/embedded-postgres/index.ts');
  const isForeseen =
    error instanceof SettingsProblem ||
    error instanceof AlreadyRunning ||
    error instanceof Problem ||
    // The plain Error is ours; what Node, the driver and the libraries raise has a code or a class of its own.
    (error.constructor === Error && !('code' in error));
  return isForeseen ? error.message : (error.stack ?? error.message);
}

function say(sentence: string): void {
  console.log(sentence);
}
