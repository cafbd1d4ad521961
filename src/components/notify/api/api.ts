import { isConnectionFailure, type Calendar, type Database, type Keyring, type Server, type Settings } from '#platform';
import type { Acceptance } from '../acceptance.ts';
import { addBatchCalls } from './batch-calls.ts';
import { createCheck } from './checks.ts';
import { addNotificationCalls } from './notification-calls.ts';
import { addReceivedTextCalls } from './received-text-calls.ts';
import { asRefusal, bodyOf, Refusal } from './refusals.ts';
import { addSendingCalls } from './sending-calls.ts';
import { addTemplateCalls } from './template-calls.ts';

/** An e-mail's two million bytes, written as JSON. */
const bodyLimitBytes = 8_000_000;

/** What the calls stand on. */
export interface ApiDependencies {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly acceptance: Acceptance;
  readonly calendar: Calendar;
  /** The address of the API: `https://platform.example/notify`. */
  readonly root: string;
  readonly fromEmail: string;
  /** Whom a text message is from where its service has no sender. */
  readonly fromText: string;
}

/**
 * The API of notifications under /notify, which answers as the GOV.UK Notify API does, so that its client libraries work
 * here. It has a validator and words for errors of its own.
 */
export function addApi(
  server: Server,
  options: {
    database: Database;
    keyring: Keyring;
    acceptance: Acceptance;
    calendar: Calendar;
    settings: Pick<Settings, 'publicUrl' | 'emailFrom' | 'governmentName'>;
  },
): void {
  const { settings } = options;
  const dependencies: ApiDependencies = {
    database: options.database,
    keyring: options.keyring,
    acceptance: options.acceptance,
    calendar: options.calendar,
    root: `${settings.publicUrl}/notify`,
    fromEmail: /<([^<>]+)>/.exec(settings.emailFrom)?.[1] ?? settings.emailFrom,
    fromText: settings.governmentName
      .replaceAll(/[^A-Za-z0-9 &.-]/g, '')
      .slice(0, 11)
      .trim(),
  };

  const addCalls = (api: Server): void => {
    speakAsContract(api);
    addSendingCalls(api, dependencies);
    addNotificationCalls(api, dependencies);
    addTemplateCalls(api, dependencies);
    addReceivedTextCalls(api, dependencies);
    addBatchCalls(api, dependencies);
  };

  server.register(
    async (api: Server) => {
      addCalls(api);
      answerUnknown(api);
    },
    { prefix: '/notify' },
  );
  // Some clients join the address of a call to the root of the base URL, whatever path that has: they call here.
  server.register(async (api: Server) => {
    api.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    addCalls(api);
  });
  server.register(
    async (api: Server) => {
      speakAsContract(api);
      answerUnknown(api);
    },
    { prefix: '/v2' },
  );
}

/** Checks requests, reads bodies and refuses in the contract's way. */
function speakAsContract(api: Server): void {
  api.setValidatorCompiler(({ schema, httpPart }) =>
    // What headers may be is said where they are read.
    httpPart === 'headers' ? (value: unknown) => ({ value }) : createCheck(schema, httpPart),
  );
  // The schemas of answers describe them and take nothing out.
  api.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  // Clients of every kind send JSON, whatever they call it.
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', { parseAs: 'string', bodyLimit: bodyLimitBytes }, (_request, body, done) => {
    try {
      // A route that takes a body says itself that there is none. Null is a body that says nothing.
      done(null, body === '' ? undefined : (JSON.parse(String(body)) ?? {}));
    } catch {
      done(new Refusal('BadRequestError', 'Invalid JSON supplied in POST data'));
    }
  });
  api.setErrorHandler((error, request, reply) => {
    const refusal = asRefusal(error, request.headers.authorization) ?? refusalOfFastify(error);
    if (refusal.status >= 500) {
      const name = error instanceof Error ? error.name : 'unknown';
      request.log.error({ name, err: error instanceof Error ? error.stack : undefined }, 'a request failed');
    }
    if (refusal.status === 401) reply.header('www-authenticate', 'Bearer');
    if (refusal.status === 413) reply.header('connection', 'close');
    return reply
      .code(refusal.status)
      .type('application/json')
      .send(JSON.stringify(bodyOf(refusal)));
  });
}

/** Answers what is no call in the contract's way. */
function answerUnknown(api: Server): void {
  api.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type('application/json')
      .send(JSON.stringify(bodyOf(new Refusal('NoResultFound', 'No result found')))),
  );
}

/** What Fastify itself refuses before a route is asked: a body that is too large or broken. Everything else is our failure. */
function refusalOfFastify(error: unknown): Refusal {
  if (isConnectionFailure(error)) return new Refusal('ServiceUnavailableError', 'Try again in a moment.');
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return new Refusal('BadRequestError', 'Your request is too large.', 413);
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Refusal('BadRequestError', 'Invalid JSON supplied in POST data');
  }
  return new Refusal('InternalServerError', 'Internal server error');
}
