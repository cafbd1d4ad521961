import type { Background, Calendar, Database, Job, Keyring, Server, Settings, Webhooks } from '#platform';
import { createCallbacks, type Callbacks } from '../callbacks/callbacks.ts';
import { chargeServices, createRates, type Rates } from '../costs.ts';
import { batchJobs } from '../letters/batches.ts';
import { readyLetterJobs, type Scanner } from '../letters/ready-letters.ts';
import { givenProviders, type GivenSettings } from '../providers/given.ts';
import { openProvider, type LookSettings } from '../providers/open.ts';
import { createProviders, type Providers } from '../providers/providers.ts';
import { domainOf } from '../providers/smtp.ts';
import { listenForReports } from '../reports/mail-listener.ts';
import { addReportRoutes } from '../reports/report-routes.ts';
import { createReports } from '../reports/reports.ts';
import { createCourier } from './courier.ts';
import { endSilence } from './silence.ts';

/** The settings by which messages leave and come back. */
export type HandOverSettings = GivenSettings & LookSettings & Pick<Settings, 'bouncePort' | 'host'>;

/** How messages leave and what comes back: providers, the courier that hands them over, reports, callbacks. */
export interface Sending {
  readonly providers: Providers;
  readonly callbacks: Callbacks;
  readonly rates: Rates;
  readonly background: readonly Background[];
  readonly jobs: readonly Job[];
  readonly routes: (server: Server) => void;
}

export function createSending({
  database,
  keyring,
  settings,
  webhooks,
  calendar,
  scanner,
}: {
  database: Database;
  keyring: Keyring;
  settings: HandOverSettings;
  webhooks: Webhooks;
  calendar: Calendar;
  /** What ready letters are scanned with; null where nothing is set. */
  scanner: Scanner | null;
}): Sending {
  const rates = createRates(database);
  const callbacks = createCallbacks(keyring, webhooks);
  const reports = createReports({ database, keyring, callbacks });
  const providers = createProviders({
    database,
    keyring,
    given: givenProviders(settings),
    open: (kind, own, provider) =>
      openProvider(kind, own, {
        look: settings,
        inbound: {
          receipt: (receipt) => reports.textReceipt({ ...receipt, provider }),
          // What is for nobody is answered all the same: the provider would send it again and again.
          receivedText: async (text) => void (await reports.receivedText(text)),
        },
      }),
  });
  const courier = createCourier({
    database,
    keyring,
    providers,
    domain: domainOf(settings.emailFrom),
    rates,
    calendar,
    onAccepted: chargeServices,
    onSettled: (tx, settled) => callbacks.statuses(tx, settled),
  });
  const handingOver: Background = async (log) => {
    const working = await courier.start(log);
    return {
      async stop() {
        await working.stop();
        await providers.close();
      },
    };
  };
  const { bouncePort } = settings;
  const listening: Background = (log) =>
    listenForReports({ port: bouncePort, host: settings.host, keyring, reports }, log);
  return {
    providers,
    callbacks,
    rates,
    background: bouncePort === 0 ? [handingOver] : [handingOver, listening],
    jobs: [
      {
        // One message, at once: what an operator or an older version of the program asked for.
        name: 'notify.hand-over',
        run: (payload, { scope }) => courier.handOver(scope, String(payload['messageId'])),
      },
      ...reports.jobs,
      {
        name: 'notify.end-silence',
        schedule: '23 * * * *',
        run: async (_payload, { log }) => {
          log.info({ ended: await endSilence({ database, callbacks }) }, 'waited long enough for receipts');
        },
      },
      ...readyLetterJobs({ database, keyring, scanner }),
      ...batchJobs({ database, keyring, calendar, providers, rates }),
    ],
    routes: (server) => addReportRoutes(server, { reports, providers }),
  };
}
