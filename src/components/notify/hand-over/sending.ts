import type { Background, Database, Job, Keyring, Settings } from '#platform';
import { givenProviders } from '../providers/given.ts';
import { openProvider } from '../providers/open.ts';
import { createProviders, type Providers } from '../providers/providers.ts';
import { domainOf } from '../providers/smtp.ts';
import { createCourier } from './courier.ts';

/** The settings by which messages leave. */
export type HandOverSettings = Pick<Settings, 'smtpUrl' | 'emailFrom' | 'governmentName'>;

/** How messages leave: the providers, and the courier that hands them over in every process that does jobs. */
export interface Sending {
  readonly providers: Providers;
  readonly background: Background;
  readonly jobs: readonly Job[];
}

export function createSending({
  database,
  keyring,
  settings,
}: {
  database: Database;
  keyring: Keyring;
  settings: HandOverSettings;
}): Sending {
  const providers = createProviders({
    database,
    keyring,
    given: givenProviders(settings),
    open: (kind, own) => openProvider(kind, own, settings),
  });
  const courier = createCourier({
    database,
    keyring,
    providers,
    domain: domainOf(settings.emailFrom),
    onAccepted: async () => {},
    onSettled: async () => {},
  });
  return {
    providers,
    background: async (log) => {
      const working = await courier.start(log);
      return {
        async stop() {
          await working.stop();
          await providers.close();
        },
      };
    },
    jobs: [
      {
        // One message, at once: what an operator or an older version of the program asked for.
        name: 'notify.hand-over',
        run: (payload, { scope }) => courier.handOver(scope, String(payload['messageId'])),
      },
    ],
  };
}
