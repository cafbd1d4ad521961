import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * A new signing secret as the Standard Webhooks specification writes it: `whsec_` and 32 random bytes in base64.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function newSigningSecret(): string {
  return `${prefix}${randomBytes(32).toString('base64')}`;
}

/** Whether a text is a signing secret of the 24 to 64 bytes that the specification allows. */
export function isSigningSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const { length } = keyOf(text);
  return length >= 24 && length <= 64;
}

/**
 * The headers that let a receiver check who sent a body, that nobody changed it, and that it is not an old one sent anew.
 *
 * @param secrets one, or while secrets are being changed the new and the old one: each makes a signature.
 * @param id the same for every attempt, by which a receiver knows what it has had already.
 */
export function signatureHeaders(
  secrets: readonly string[],
  { id, at, body }: { id: string; at: Date; body: string },
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signed = `${id}.${timestamp}.${body}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets
      .map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`)
      .join(' '),
  };
}

/** How old what was signed may be, and how far ahead a sender's clock, in seconds. */
const tolerance = 300;

/** Whether a body came from whoever has the secret, as the specification has it, and within the last minutes. */
export function verifyWebhook(
  secret: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): boolean {
  const read = (name: string): string => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  };
  const [id, timestamp] = [read('webhook-id'), Number(read('webhook-timestamp'))];
  if (id === '' || !Number.isInteger(timestamp) || Math.abs(Date.now() / 1000 - timestamp) > tolerance) return false;
  const at = new Date(timestamp * 1000);
  const expected = Buffer.from(signatureHeaders([secret], { id, at, body })['webhook-signature']);
  return read('webhook-signature')
    .split(' ')
    .map((each) => Buffer.from(each))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}

const prefix = 'whsec_';

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(prefix.length), 'base64');
}
