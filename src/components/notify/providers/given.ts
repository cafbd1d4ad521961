import type { Settings } from '#platform';
import type { GivenProvider } from './providers.ts';

/** The providers that the environment of the program names: the simple case, one of a channel. */
export function givenProviders(settings: Pick<Settings, 'smtpUrl'>): GivenProvider[] {
  const given: GivenProvider[] = [];
  if (settings.smtpUrl !== undefined) {
    given.push({ name: 'SMTP_URL', kind: 'smtp', settings: { url: settings.smtpUrl } });
  }
  return given;
}
