import type { HttpTextSettings } from './kinds.ts';
import { ProviderRefusal, type Provider } from './provider.ts';

const timeoutSeconds = 15;
const atOnce = 50;
const mostAnswerCharacters = 10_000;

/**
 * A provider of text messages over HTTP, as docs/guides/http-text-provider.md describes it.
 *
 * @param options.sender what messages are shown to come from where the service chose nothing.
 */
export function connectHttpTexts(settings: HttpTextSettings, options: { sender: string }): Provider {
  return {
    capacity: atOnce,

    async send(message) {
      const answer = await fetch(settings.url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${settings.token}`,
          'content-type': 'application/json',
          // The same for every try: what the provider has had already, it answers as it did then.
          'idempotency-key': message.token,
        },
        body: JSON.stringify({
          id: message.token,
          to: message.to,
          from: message.sender ?? options.sender,
          text: message.content.text ?? message.content.body,
        }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      }).catch((error: unknown) => {
        const isLate = error instanceof Error && error.name === 'TimeoutError';
        throw new ProviderRefusal(
          isLate
            ? `The provider did not answer within ${timeoutSeconds} seconds.`
            : 'The provider could not be reached.',
          'provider',
        );
      });
      const body = await readAnswer(answer);
      const { id } = body;
      if (answer.ok) return typeof id === 'string' && id !== '' ? { reference: id.slice(0, 200) } : {};
      throw refusalOf(answer.status, body['error']);
    },

    close: () => {},
  };
}

function refusalOf(status: number, error: unknown): ProviderRefusal {
  const said = `it answered ${status}`;
  if (status === 429) return new ProviderRefusal(`The provider asks us to slow down (${said}).`, 'later');
  if (status === 400 || status === 422) {
    return error === 'invalid-recipient'
      ? new ProviderRefusal(`The provider knows no such number (${said}).`, 'recipient')
      : new ProviderRefusal(`The provider will not take this message (${said}).`, 'message');
  }
  if (status === 401 || status === 403) {
    return new ProviderRefusal(`The provider did not accept our token (${said}).`, 'provider');
  }
  return new ProviderRefusal(`The provider takes nothing just now (${said}).`, 'provider');
}

/** The fields of an answer; none where it is no JSON, which a provider that is broken may well send. */
async function readAnswer(answer: Response): Promise<Record<string, unknown>> {
  try {
    const text = await answer.text();
    const read: unknown = JSON.parse(text.slice(0, mostAnswerCharacters));
    return typeof read === 'object' && read !== null ? Object.fromEntries(Object.entries(read)) : {};
  } catch {
    return {};
  }
}
