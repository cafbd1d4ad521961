import { parseArgs } from 'node:util';
import { bareCommand, UsageProblem, type Command } from './commands/command.ts';

// What a command does not need is not loaded: a second start is to be up within three seconds.

const commands: Readonly<Record<string, Command>> = {
  start: {
    usage: 'start [--empty] [--systems 300]',
    summary: 'Starts everything: the database, the web server and the jobs.',
    more: `Without DATABASE_URL it starts a PostgreSQL of its own, whose data lies in DATA_FOLDER (.data), and brings its
tables up to date. The first start loads a demonstration government, with a map of 300 systems or as many as --systems says
(3000 take some minutes, while you can look around); --empty leaves it out. A database of your own
(DATABASE_URL) is never filled with the demonstration, in which anybody may sign in as anybody.
Ctrl-C, or SIGTERM, finishes what is in flight, then stops the jobs, then the database.`,
    options: { empty: { type: 'boolean' }, systems: { type: 'string' } },
    words: [0, 0],
    run: async (_words, { empty, systems }) =>
      (await import('./commands/program.ts')).runProgram({
        web: true,
        jobs: true,
        demonstration: empty !== true,
        systems: readCount(systems),
      }),
  },
  web: {
    usage: 'web',
    summary: 'Starts a web server only, over DATABASE_URL.',
    words: [0, 0],
    run: async () =>
      (await import('./commands/program.ts')).runProgram({ web: true, jobs: false, demonstration: false }),
  },
  jobs: {
    usage: 'jobs',
    summary: 'Starts the jobs only, over DATABASE_URL.',
    words: [0, 0],
    run: async () =>
      (await import('./commands/program.ts')).runProgram({ web: false, jobs: true, demonstration: false }),
  },
  migrate: {
    usage: 'migrate',
    summary: "Brings the database's tables up to date.",
    more: 'Needs DATABASE_OWNER_URL beside DATABASE_URL. Safe to repeat, and to run on several machines at once.',
    words: [0, 0],
    run: async () => (await import('./commands/upkeep.ts')).migrateDatabase(),
  },
  operator: {
    usage: 'operator add EMAIL',
    summary: 'Makes a platform operator, and prints a one-time link to sign in with.',
    more: 'This is the only way in before e-mail works. Whoever has the link is the operator: hand it over in private.',
    words: [2, 2],
    run: async (words) => (await import('./commands/upkeep.ts')).addOperator(words),
  },
  backup: {
    usage: 'backup FILE',
    summary: 'Writes the whole database, as it is at one moment, and the uploads into one file.',
    more: `The program may run meanwhile. The encryption key is not in the file: keep a copy of it in another place, because
without it saved answers and keys cannot be read after a restore.`,
    words: [1, 1],
    run: async ([file = '']) => (await import('./commands/upkeep.ts')).backUp(file),
  },
  restore: {
    usage: 'restore FILE',
    summary: 'Fills an empty database from a file that backup wrote.',
    more: `The database must be empty, and the file must come from the same version of the tables. Everything is restored, or
nothing. Put the encryption key of the backed-up system in its place first (ENCRYPTION_KEYS, or the file that the backup named).`,
    words: [1, 1],
    run: async ([file = '']) => (await import('./commands/upkeep.ts')).restoreFrom(file),
  },
  'rotate-keys': {
    usage: 'rotate-keys',
    summary: 'Encrypts everything anew with the newest encryption key.',
    more: `With an embedded database it makes a new key first, and keeps the old ones. Otherwise put a new key into
ENCRYPTION_KEYS on every machine first (OLD,NEW,OLD), then at the front (NEW,OLD), and then run this: the guide to
deploying tells why. Keep the old keys at the end of the list: older backups, and finding people by their address, need them.`,
    words: [0, 0],
    run: async () => (await import('./commands/upkeep.ts')).rotateKeys(),
  },
  generate: {
    usage: 'generate [--check]',
    summary: 'Makes the generated files anew; --check only says which are stale.',
    options: { check: { type: 'boolean' } },
    words: [0, 0],
    run: async (_words, { check }) => (await import('./commands/generate.ts')).generateFiles(check === true),
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
    run: async (words, options) => (await import('./commands/forms.ts')).runForms(words, options),
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
    run: async (words, options) => (await import('./commands/measures.ts')).importMeasures(words, options),
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
    run: async (words, options) => (await import('./commands/estate.ts')).runEstate(words, options),
  },
  plan: {
    usage: 'plan [FILE] [--gap 1%] [--seconds 60] [--keep DAY] [--json | --csv]',
    summary: 'Plans what moves to what and when, to a proven distance from the best.',
    more: `Plans the estate of the database, or a problem in a JSON file. The plan is printed as a table, or with --json or --csv;
progress goes to standard error, and so does what moves otherwise than in the adopted plan, and why. What is under way
stays as it is; with --keep 2027-10-01 so do planned moves that begin before that day. Ctrl-C keeps the best plan so far.`,
    options: {
      keep: { type: 'string' },
      gap: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'boolean' },
      csv: { type: 'boolean' },
    },
    words: [0, 1],
    run: async (words, options) => (await import('./commands/plan.ts')).makePlan(words, options),
  },
  notify: {
    usage: 'notify import-templates --service ADDRESS --url URL',
    summary: 'Brings the templates of a GOV.UK Notify API into a service, with the key in NOTIFY_API_KEY.',
    more: `--service: what stands after /services/ in the address of the service's page.
--url: the base of the API, such as https://api.notifications.service.gov.uk.
It prints for each template its id there and its id here. Again, it publishes new versions of what has changed there.`,
    options: { service: { type: 'string' }, url: { type: 'string' } },
    words: [1, 1],
    run: async (words, options) => (await import('./commands/notify.ts')).runNotify(words, options),
  },
  bench: {
    usage: 'bench [NAME]',
    summary: 'Runs one benchmark, or all of them.',
    words: [0, 1],
    run: async (words) => (await import('./commands/bench.ts')).runBenchmarks(words),
  },
};

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

/** How many systems the demonstration is to have; undefined where nobody says. */
function readCount(systems: unknown): number | undefined {
  if (typeof systems !== 'string') return undefined;
  const count = /^\d{1,5}$/.test(systems) ? Number(systems) : 0;
  if (count < 1 || count > 10_000) throw new UsageProblem('--systems is a number from 1 to 10000.');
  return count;
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
