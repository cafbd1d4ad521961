import { Type, type Static, type TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import type { Channel } from './provider.ts';

const address = (schemes: readonly string[]) =>
  Type.String({ minLength: 1, maxLength: 2000, pattern: `^(?:${schemes.join('|')})://[^\\s]+$` });

/** What a mail server needs to be known by. */
export const smtpSettings = Type.Object({
  url: address(['smtp', 'smtps']),
  connections: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  dkim: Type.Optional(
    Type.Object({
      domain: Type.String(),
      selector: Type.String(),
      privateKey: Type.String({ pattern: 'PRIVATE KEY' }),
    }),
  ),
});
export type SmtpSettings = Static<typeof smtpSettings>;

/** What a text message centre (SMPP 3.4) needs to be known by. */
export const smppSettings = Type.Object({
  /** smpp://system-id:password@host:2775, or ssmpp:// for TLS. */
  url: address(['smpp', 'ssmpp']),
  systemType: Type.Optional(Type.String({ maxLength: 12 })),
  /** How many messages may wait for an answer at once. */
  window: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  /** Long messages as parts with a header (UDH), or whole in message_payload. */
  longMessages: Type.Optional(Type.Union([Type.Literal('parts'), Type.Literal('payload')])),
});
export type SmppSettings = Static<typeof smppSettings>;

/** What an HTTP provider of text messages needs to be known by: docs/guides/http-text-provider.md. */
export const httpTextSettings = Type.Object({
  url: address(['https', 'http']),
  token: Type.String({ minLength: 1, maxLength: 4000 }),
  /** With which it signs what it tells us. */
  secret: Type.Optional(Type.String({ pattern: '^whsec_' })),
});
export type HttpTextSettings = Static<typeof httpTextSettings>;

/** Where the batches of letters are put. */
export const folderSettings = Type.Object({ folder: Type.String({ minLength: 1, maxLength: 4000 }) });
export type FolderSettings = Static<typeof folderSettings>;

export type ProviderKind = 'smtp' | 'smpp' | 'http-text' | 'folder';

/** Every kind of provider, with its channel and the settings that it takes. */
export const providerKinds: Readonly<
  Record<ProviderKind, { channel: Channel; title: string; whyNot: (settings: unknown) => string | undefined }>
> = {
  smtp: { channel: 'email', title: 'Mail server (SMTP)', whyNot: checks(smtpSettings) },
  smpp: { channel: 'sms', title: 'Text message centre (SMPP 3.4)', whyNot: checks(smppSettings) },
  'http-text': { channel: 'sms', title: 'Text message provider (HTTP)', whyNot: checks(httpTextSettings) },
  folder: { channel: 'letter', title: 'Folder for a printer', whyNot: checks(folderSettings) },
};

/** What is wrong with settings, in a sentence; the settings themselves hold passwords and are not quoted. */
function checks(schema: TSchema): (settings: unknown) => string | undefined {
  return (settings) => {
    if (Check(schema, settings)) return undefined;
    const [first] = Errors(schema, settings);
    return `The setting ${first?.instancePath.slice(1) ?? ''} cannot be used. Check it and try again.`;
  };
}
