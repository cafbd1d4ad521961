import type { Settings } from '#platform';
import type { GivenProvider } from './providers.ts';

/** The settings that name providers. */
export type GivenSettings = Pick<
  Settings,
  'smtpUrl' | 'emailFrom' | 'dkimSelector' | 'dkimPrivateKey' | 'smppUrl' | 'lettersFolder'
>;

/** The providers that the environment of the program names: the simple case, one of a channel. */
export function givenProviders(settings: GivenSettings): GivenProvider[] {
  const given: GivenProvider[] = [];
  const { smtpUrl, smppUrl, lettersFolder, dkimSelector, dkimPrivateKey } = settings;
  if (smtpUrl !== undefined) {
    const domain = settings.emailFrom.slice(settings.emailFrom.lastIndexOf('@') + 1).replace(/>.*$/, '');
    const isSigned = dkimSelector !== undefined && dkimPrivateKey !== undefined;
    given.push({
      name: 'SMTP_URL',
      kind: 'smtp',
      settings: {
        url: smtpUrl,
        ...(isSigned ? { dkim: { domain, selector: dkimSelector, privateKey: dkimPrivateKey } } : {}),
      },
    });
  }
  if (smppUrl !== undefined) given.push({ name: 'SMPP_URL', kind: 'smpp', settings: { url: smppUrl } });
  if (lettersFolder !== undefined) {
    given.push({ name: 'LETTERS_FOLDER', kind: 'folder', settings: { folder: lettersFolder } });
  }
  return given;
}
