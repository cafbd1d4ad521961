import { Problem } from '#platform';
import { TokenRefusal, type TokenFault } from '#organisations';

/** The kinds of errors that clients of GOV.UK Notify know, each with its status. */
const statusOf = {
  ValidationError: 400,
  BadRequestError: 400,
  AuthError: 403,
  NoResultFound: 404,
  RateLimitError: 429,
  TooManyRequestsError: 429,
  ServiceUnavailableError: 503,
  InternalServerError: 500,
} as const;
export type RefusalKind = keyof typeof statusOf;

/** A call of the notifications API that was refused, in the words of its contract. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly { readonly error: RefusalKind; readonly message: string }[];
  /** What Fastify answers a failed validation with: the same. */
  readonly statusCode: number;

  constructor(kind: RefusalKind, messages: string | readonly string[], status: number = statusOf[kind]) {
    super(`refused: ${kind}`);
    this.name = 'Refusal';
    this.status = status;
    this.statusCode = status;
    this.errors = [messages].flat().map((message) => ({ error: kind, message }));
  }
}

/** What is answered: the same shape for everything that can go wrong. */
export interface RefusalBody {
  readonly status_code: number;
  readonly errors: readonly { readonly error: string; readonly message: string }[];
}

export function bodyOf(refusal: Refusal): RefusalBody {
  return { status_code: refusal.status, errors: refusal.errors };
}

/** Turns whatever was thrown into a refusal, or null where it is a failure of ours. `authorization` is the request's header. */
export function asRefusal(error: unknown, authorization: string | undefined): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof TokenRefusal) return new Refusal('AuthError', faultWords[error.fault]);
  if (!(error instanceof Problem)) return null;
  if (error.status === 401) {
    return new Refusal(
      'AuthError',
      authorization === undefined || authorization === ''
        ? 'Unauthorized: authentication token must be provided'
        : 'Unauthorized: authentication bearer scheme must be used',
      401,
    );
  }
  if (error.status === 404) return new Refusal('NoResultFound', 'No result found');
  if (error.status === 429) return new Refusal('RateLimitError', error.message);
  if (error.status === 503) return new Refusal('ServiceUnavailableError', error.message);
  if (error.status < 500) return new Refusal('BadRequestError', error.message, error.status === 413 ? 413 : 400);
  return null;
}

const faultWords: Readonly<Record<TokenFault, string>> = {
  'no issuer': 'Invalid token: iss field not provided',
  'issuer is no UUID': 'Invalid token: service id is not the right data type',
  'no service': 'Invalid token: service not found',
  'no keys': 'Invalid token: service has no API keys',
  'no key of these': 'Invalid token: API key not found',
  'key revoked': 'Invalid token: API key revoked',
  algorithm: 'Invalid token: algorithm used is not HS256',
  clock: 'Error: Your system clock must be accurate to within 30 seconds',
};
