import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCaseworkPart, subjectAccessPage } from '#casework';
import { createRenderer, designPart } from '#design';
import { createEstatePart, estatePage } from '#estate';
import { createPlanPart, planPage } from '#plan';
import { createFormsPart } from '#forms';
import { createMeasuresPart, figuresFor } from '#measures';
import { createNotifyPart, sendEmail } from '#notify';
import {
  addPerson,
  createFrames,
  createGatekeeper,
  createOrganisation,
  createOrganisationsPart,
  createSignInLink,
  giveRole,
  isStaff,
  listOrganisations,
  newOrganisationId,
  organisationPages,
  servicePages,
} from '#organisations';
import {
  addHealthRoutes,
  countJobs,
  createCalendar,
  createFileStore,
  createKeptFiles,
  createImports,
  createKeyring,
  createLog,
  createMetrics,
  createServer,
  createWebhooks,
  deliverEvents,
  migrateDatabase,
  missingMigrations,
  openDatabase,
  recordMandateUse,
  resealAll,
  startJobs,
  type Database,
  type Imports,
  type Job,
  type Jobs,
  type Calendar,
  type Keyring,
  type Listener,
  type Log,
  type Part,
  type ServicePage,
  type Server,
  type Settings,
  type Webhooks,
} from '#platform';
import { partFolders } from './parts.ts';

/** The program, running: web, jobs or both. */
export interface Program {
  /** Where the web server answers. */
  readonly address: string;
  /** Finishes the requests in flight, then the jobs, then closes the database's connections. */
  stop(): Promise<void>;
}

/** Starts the program over the database that the settings name, and brings that up to date where it may. */
export async function startProgram(
  settings: Settings,
  options: {
    web: boolean;
    jobs: boolean;
    demonstration: boolean;
    /** How many systems its map of technology has, where it is not the usual number. */
    systems?: number | undefined;
    say?: (line: string) => void;
  },
): Promise<Program> {
  const say = options.say ?? (() => {});
  const { databaseUrl } = settings;
  if (databaseUrl === undefined) throw new Error('DATABASE_URL is not set.');
  if (settings.databaseOwnerUrl !== undefined) await migrateDatabase(settings.databaseOwnerUrl, partFolders, say);
  const whole = await joinParts(settings, databaseUrl);
  try {
    await checkDatabase(whole.database);
    if (options.demonstration) await loadDemonstrationOnce(settings, whole, say, options.systems);
    const jobs: Jobs | undefined = options.jobs
      ? await startJobs({
          database: whole.database,
          databaseUrl,
          jobs: whole.jobs,
          concurrency: settings.jobConcurrency,
          log: whole.log,
        })
      : undefined;
    const beside = options.jobs ? await beginBackground(whole) : [];
    if (!options.web) {
      return {
        address: '',
        stop: async () => {
          await Promise.all(beside.map((each) => each.stop()));
          await jobs?.stop();
          await whole.database.close();
        },
      };
    }
    const server = await whole.createServer();
    await server.listen({ host: settings.host, port: settings.port });
    return {
      address: addressOf(server, settings),
      stop: async () => {
        await server.close();
        await Promise.all(beside.map((each) => each.stop()));
        await jobs?.stop();
        await whole.database.close();
      },
    };
  } catch (error) {
    await whole.database.close();
    throw error;
  }
}

/** Begins what the parts do beside the queue. */
async function beginBackground({ parts, log }: Whole): Promise<{ stop(): Promise<void> }[]> {
  return Promise.all(parts.flatMap((part) => part.background ?? []).map((begin) => begin(log)));
}

/** Brings the tables up to date, as their owner. */
export async function migrate(settings: Settings): Promise<void> {
  if (settings.databaseOwnerUrl === undefined) {
    throw new Error('DATABASE_OWNER_URL is not set: migrating needs the login that owns the tables.');
  }
  await migrateDatabase(settings.databaseOwnerUrl, partFolders, (line) => console.log(line));
}

/**
 * Makes a platform operator of the government, and the government itself where the database is empty.
 *
 * @returns a one-time link to sign in with, which works for a day.
 */
export async function addOperator(settings: Settings, email: string): Promise<string> {
  if (!/^[^\s@]+@[^\s@]+$/.test(email))
    throw new Error(`"${email}" is not an email address. Use one like name@example.com.`);
  if (settings.databaseUrl === undefined) throw new Error('DATABASE_URL is not set.');
  if (settings.databaseOwnerUrl !== undefined) await migrateDatabase(settings.databaseOwnerUrl, partFolders);
  const { database } = await joinParts(settings, settings.databaseUrl);
  try {
    const root = (await listOrganisations(database)).find((each) => each.parentId === null)?.id;
    const organisationId = root ?? newOrganisationId();
    return await database.transact({ organisationId, actor: { kind: 'system', name: 'command line' } }, async (tx) => {
      if (root === undefined) {
        await createOrganisation(tx, {
          parentId: null,
          slug: 'government',
          name: settings.governmentName,
          kind: 'government',
        });
      }
      const [found] = await database.find<{ id: string; organisation_id: string }>(
        'select * from organisations.find_person($1)',
        [email],
      );
      if (found !== undefined && found.organisation_id !== organisationId) {
        throw new Error(
          'This person works for a department. An operator is a person of the government itself: use another address.',
        );
      }
      const personId = found?.id ?? (await addPerson(tx, { name: email.split('@')[0] ?? email, email }));
      await giveRole(tx, { personId, role: 'platform operator', serviceId: null, givenBy: 'command line' });
      return `${settings.publicUrl}/staff/sign-in/link/${await createSignInLink(tx, personId)}`;
    });
  } finally {
    await database.close();
  }
}

/** Seals everything that was sealed with an older key again with the current one. Says how many values there were. */
export async function rotateKeys(settings: Settings): Promise<number> {
  if (settings.databaseUrl === undefined || settings.databaseOwnerUrl === undefined) {
    throw new Error('DATABASE_URL and DATABASE_OWNER_URL are not set.');
  }
  const { database, keyring, parts } = await joinParts(settings, settings.databaseUrl);
  try {
    return await resealAll(settings.databaseOwnerUrl, keyring, parts);
  } finally {
    await database.close();
  }
}

/** The OpenAPI description of every route that is an API, from the schemas beside the routes. No database is asked. */
export async function describeApi(): Promise<object> {
  const { readSettings } = await import('#platform');
  const settings = readSettings({ ENCRYPTION_KEYS: Buffer.alloc(32).toString('base64'), LOG_LEVEL: 'silent' });
  const whole = await joinParts(settings, 'postgres://nobody@127.0.0.1:1/none');
  const server = await whole.createServer();
  await server.ready();
  const description = server.swagger();
  await server.close();
  await whole.database.close();
  return description;
}

/** Everything that the parts were joined from, and what they add up to. */
export interface Whole {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly log: Log;
  readonly webhooks: Webhooks;
  /** Importing of tables, for the command line. */
  readonly imports: Imports;
  readonly parts: readonly Part[];
  readonly jobs: readonly Job[];
  /** Makes the web server of all the parts; the caller listens. */
  readonly createServer: () => Promise<Server>;
}

/** Joins the parts: each is handed what it needs from the others. The one place that knows them all. */
export async function joinParts(settings: Settings, databaseUrl: string): Promise<Whole> {
  const log = createLog(settings.logLevel);
  const keyring = createKeyring(settings.encryptionKeys);
  const calendar = createCalendar(settings.timeZone);
  const secure = settings.publicUrl.startsWith('https:');
  const emailWorks = settings.smtpUrl !== undefined;
  // Listeners of events are joined here: none is needed yet.
  const listeners: Listener[] = [];
  const database = openDatabase({
    url: databaseUrl,
    connections: settings.databaseConnections,
    onIdleError: (error) => log.warn({ error: error.message }, 'an idle connection to the database ended'),
    onMandateUsed: recordMandateUse,
    heardEvents: listeners.map(({ type }) => type),
  });

  const webhooks = createWebhooks(keyring, settings);
  const fileStore = createFileStore(settings, { database, keyring });
  const imports = createImports({
    database,
    keyring,
    importers: () => parts.flatMap((part) => part.importers ?? []),
  });

  // The navigation of a service's pages is what the parts add to it, and every part needs the navigation.
  const pages: ServicePage[] = [];
  const frames = createFrames(pages, [...organisationPages, estatePage, subjectAccessPage]);
  const parts: Part[] = [];
  const organisations = createOrganisationsPart({
    database,
    keyring,
    calendar,
    frames,
    secure,
    emailWorks,
    sendCode: async (tx, { to, name, code }) => {
      await sendEmail(tx, keyring, {
        serviceId: null,
        template: 'sign-in code',
        to,
        personalisation: { name, code },
        reference: null,
        confidential: true,
      });
    },
    governmentPages: [estatePage, planPage],
    waiting: () => parts.flatMap((part) => part.waiting ?? []),
    figuresOf: (tx, serviceId) => figuresFor(tx, serviceId, { calendar }),
  });
  const measures = createMeasuresPart({ database, frames, calendar, imports, settings });
  const notify = createNotifyPart({ database, keyring, settings, calendar, frames, fileStore, webhooks });
  const casework = createCaseworkPart({
    database,
    keyring,
    fileStore,
    frames,
    calendar,
    personalData: () => parts.flatMap((part) => part.personalData ?? []),
  });
  const forms = createFormsPart({
    database,
    keyring,
    settings,
    calendar,
    frames,
    fileStore,
    webhooks,
    isStaff: (request) => isStaff(database, request, secure),
  });
  const keptFiles = createKeptFiles(fileStore);
  const platform: Part = {
    name: 'platform',
    folder: join(import.meta.dirname, 'platform'),
    jobs: [...webhooks.jobs, ...keptFiles.jobs, ...imports.jobs],
    sealedColumns: [...webhooks.sealedColumns, ...keptFiles.sealedColumns, ...imports.sealedColumns],
  };
  const plan = createPlanPart({ database, calendar, settings });
  const estate = createEstatePart({ database, calendar, imports, currency: settings.currency });
  parts.push(platform, designPart, organisations, measures, notify, casework, forms, estate, plan);
  pages.push(
    servicePages.overview,
    ...[casework, notify, measures, forms].flatMap((part) => part.servicePages ?? []),
    servicePages.keys,
    servicePages.settings,
  );
  const jobs = [
    deliverEvents(listeners),
    ...demonstrationJobs,
    demonstrationMessages({ keyring, calendar, webhooks }),
    ...parts.flatMap((part) => part.jobs ?? []),
  ];

  return {
    database,
    keyring,
    log,
    webhooks,
    imports,
    parts,
    jobs,
    createServer: async () => {
      const renderer = createRenderer({
        look: {
          governmentName: settings.governmentName,
          colour: settings.governmentColour,
          contactEmail: settings.contactEmail,
        },
        views: Object.fromEntries(
          parts.filter((part) => part.name !== 'design').map((part) => [part.name, join(part.folder, 'views')]),
        ),
        timeZone: settings.timeZone,
      });
      const metrics = createMetrics(() => countJobs(database.pool));
      const server = await createServer({
        settings,
        keyring,
        log,
        metrics,
        renderer,
        gatekeeper: createGatekeeper({ database, keyring, secure }),
        version: await programVersion(),
      });
      addHealthRoutes(server, {
        metrics,
        metricsToken: settings.metricsToken,
        checkReady: async () => void (await database.pool.query('select 1')),
      });
      for (const part of parts) part.routes?.(server);
      return server;
    },
  };
}

/** Refuses a database that is not up to date, or a login under which tenancy would not hold. */
async function checkDatabase(database: Database): Promise<void> {
  const missing = await missingMigrations(database.pool, partFolders);
  if (missing.length > 0) {
    throw new Error(
      `The database is not up to date (${missing[0]} has not run). Run "bin/commonhold migrate" with DATABASE_OWNER_URL set.`,
    );
  }
  const { rows } = await database.pool.query<{ privileged: boolean }>(
    `select (r.rolsuper or r.rolbypassrls or exists (
        select from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = any($1) and c.relkind = 'r' and pg_has_role(current_user, c.relowner, 'usage'))) as privileged
       from pg_roles r where r.rolname = current_user`,
    [partFolders.map((part) => part.name)],
  );
  if (rows[0]?.privileged !== false) {
    throw new Error(
      'The login of DATABASE_URL owns the tables or may bypass row-level security, so departments would not be kept apart. Use the login that docs/guides/deploying.md describes, and give the owner’s as DATABASE_OWNER_URL.',
    );
  }
}

/** Fill the demonstration while it runs already, so that its first start is no longer than others. */
const demonstrationJobs: readonly Job[] = [
  loadedWhenRun('demonstration.load-estate', async () => (await import('../demo/estate/load.ts')).loadEstateJob),
  loadedWhenRun('demonstration.load-measures', async () => (await import('../demo/measures.ts')).loadMeasuresJob),
];

function demonstrationMessages(dependencies: { keyring: Keyring; calendar: Calendar; webhooks: Webhooks }): Job {
  const load = async (): Promise<Job> => (await import('../demo/notify.ts')).loadMessagesJob(dependencies);
  return loadedWhenRun('demonstration.load-messages', load);
}

/** A job whose code is loaded when it is needed, which in a government of somebody's own is never. */
function loadedWhenRun(name: string, load: () => Promise<Job>): Job {
  return { name, run: async (payload, context) => (await load()).run(payload, context) };
}

async function loadDemonstrationOnce(
  settings: Settings,
  whole: Whole,
  say: (line: string) => void,
  systems: number | undefined,
): Promise<void> {
  if (settings.databaseOwnerUrl === undefined) return;
  if ((await listOrganisations(whole.database)).length > 0) return;
  say('Loading the demonstration government.');
  const { loadDemonstration } = await import('../demo/load.ts');
  await loadDemonstration(settings.databaseOwnerUrl);
  const { queueDemonstrationMeasures } = await import('../demo/measures.ts');
  await queueDemonstrationMeasures(whole.database, { timeZone: settings.timeZone, currency: settings.currency });
  const { queueDemonstrationMessages } = await import('../demo/notify.ts');
  await queueDemonstrationMessages(whole.database);
  const { queueDemonstrationEstate } = await import('../demo/estate/load.ts');
  await queueDemonstrationEstate(whole.database, createCalendar(settings.timeZone).today(), systems);
}

async function programVersion(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}

/** The address that answers: the public one, unless the port was left to the system to choose. */
function addressOf(server: Server, settings: Settings): string {
  const bound = server.server.address();
  return settings.port === 0 && typeof bound === 'object' && bound !== null
    ? `http://${settings.host}:${bound.port}`
    : settings.publicUrl;
}
