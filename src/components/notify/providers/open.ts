import { Parse } from 'typebox/value';
import type { Settings } from '#platform';
import { connectHttpTexts } from './http-text.ts';
import { openLetterFolder } from './folder.ts';
import { folderSettings, httpTextSettings, smppSettings, smtpSettings, type ProviderKind } from './kinds.ts';
import type { Provider } from './provider.ts';
import { connectTextCentre, type TextInbound } from './smpp.ts';
import { connectMailServer } from './smtp.ts';

/** The settings by which messages look, whichever provider takes them. */
export type LookSettings = Pick<Settings, 'emailFrom' | 'governmentName' | 'bounceDomain'>;

/** Makes a provider of its kind and settings. */
export function openProvider(
  kind: ProviderKind,
  own: unknown,
  { look, inbound }: { look: LookSettings; inbound: TextInbound },
): Provider {
  switch (kind) {
    case 'smtp':
      return connectMailServer(Parse(smtpSettings, own), {
        from: look.emailFrom,
        fromName: look.governmentName,
        bounceDomain: look.bounceDomain,
      });
    case 'smpp':
      return connectTextCentre(Parse(smppSettings, own), { sender: textSender(look.governmentName), inbound });
    case 'http-text':
      return connectHttpTexts(Parse(httpTextSettings, own), { sender: textSender(look.governmentName) });
    case 'folder':
      return openLetterFolder(Parse(folderSettings, own));
  }
}

/** What text messages are shown to come from where the service chose nothing: at most eleven letters and digits. */
function textSender(name: string): string {
  const letters = name.replaceAll(/[^A-Za-z0-9 &.-]/g, '').slice(0, 11);
  return letters.trim() || 'Commonhold';
}
