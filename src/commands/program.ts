import type { EmbeddedPostgres } from '../platform/embedded-postgres/index.ts';
import type { Settings } from '#platform';
import { say, UsageProblem } from './command.ts';
import { ownSettings, withEmbedded } from './surroundings.ts';

/** Runs until a signal comes, and ends within ten seconds of it. */
export async function runProgram(parts: {
  web: boolean;
  jobs: boolean;
  demonstration: boolean;
  /** How many systems the demonstration's map has, where it is not the usual number. */
  systems?: number | undefined;
}): Promise<void> {
  const stop = watchSignals();
  const settings = await ownSettings();
  // Loaded while the database starts.
  const loading = import('../main.ts');
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
    const { startEmbeddedPostgres } = await import('../platform/embedded-postgres/index.ts');
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
