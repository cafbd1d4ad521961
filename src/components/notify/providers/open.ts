import type { Settings } from '#platform';
import { Parse } from 'typebox/value';
import { smtpSettings, type ProviderKind } from './kinds.ts';
import type { Provider } from './provider.ts';
import { connectMailServer } from './smtp.ts';

/** Makes a provider of its kind and settings. Nothing is connected before the first message. */
export function openProvider(
  kind: ProviderKind,
  own: unknown,
  settings: Pick<Settings, 'emailFrom' | 'governmentName'>,
): Provider {
  switch (kind) {
    case 'smtp':
      return connectMailServer(Parse(smtpSettings, own), {
        from: settings.emailFrom,
        fromName: settings.governmentName,
        bounceDomain: undefined,
      });
  }
}
