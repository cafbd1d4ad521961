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

export type ProviderKind = 'smtp';

/** Every kind of provider, with its channel and the settings that it takes. */
export const providerKinds: Readonly<
  Record<ProviderKind, { channel: Channel; title: string; whyNot: (settings: unknown) => string | undefined }>
> = {
  smtp: { channel: 'email', title: 'Mail server (SMTP)', whyNot: checks(smtpSettings) },
};

/** What is wrong with settings, in a sentence; the settings themselves hold passwords and are not quoted. */
function checks(schema: TSchema): (settings: unknown) => string | undefined {
  return (settings) => {
    if (Check(schema, settings)) return undefined;
    const [first] = Errors(schema, settings);
    return `The setting ${first?.instancePath.slice(1) ?? ''} cannot be used. Check it and try again.`;
  };
}
