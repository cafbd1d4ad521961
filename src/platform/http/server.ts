import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import formBody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyTypeProvider,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Scope } from '../database.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { Problem } from '../problem.ts';
import type { Keyring } from '../secrets.ts';
import type { Settings } from '../settings.ts';
import { nobody, type Access, type Gatekeeper, type Grant } from './access.ts';
import { protectFromForgery, type ForgeryProtection } from './forgery.ts';
import { isMultipartForm, takeMultipart } from './multipart.ts';
import { RequestLog } from './request-log.ts';
import { securityHeaders } from './security-headers.ts';
import { asProblem, logProblem, problemDocument, setRetryAfter, wantsDocument } from './problems.ts';

/** The schema beside a route makes the types of its parameters, query and body. */
export interface SchemaTypes extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

/** The web server, as parts add their routes to it. */
export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  SchemaTypes
>;

/** What every page is made of; views add fields of their own. The design part defines how each is shown. */
export interface PageContent {
  readonly title: string;
  readonly [key: string]: unknown;
}

/** Turns a view or ready content into a whole page. Implemented by the design part. */
export interface PageRenderer {
  render(view: string, data: PageContent): string;
  renderContent(html: string, data: PageContent): string;
}

/** A route with who may call it. */
export interface StatedRoute {
  readonly method: string;
  readonly url: string;
  readonly access: Access;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route of the server, for the test that calls each as those whom it does not name. */
    statedRoutes: readonly StatedRoute[];
  }
  interface FastifyContextConfig {
    /** Who may call this route. A route without it is refused when the server is made. */
    access?: Access;
  }
  interface FastifyRequest {
    /** What the caller was let in as. */
    grant: Grant;
  }
  interface FastifyReply {
    /** Sends the page of a view: `reply.page('casework/case', { title: 'Case 7KQ4' })`. */
    page(view: string, data: PageContent): FastifyReply;
    /** Sends a page whose content was made by the caller, for pages that are asked for most. */
    contentPage(html: string, data: PageContent): FastifyReply;
    /** The token for a form that the caller writes itself. */
    forgeryToken(): string;
  }
}

export interface ServerOptions {
  readonly settings: Settings;
  readonly keyring: Keyring;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly renderer: PageRenderer;
  readonly gatekeeper: Gatekeeper;
  /** The version of the program, for OpenAPI. */
  readonly version: string;
}

/** The most that one request may carry, in bytes. Uploads are streamed and have limits of their own. */
const bodyLimitBytes = 1_000_000;

/** The first step of an address under which answers have a form of their own; otherwise the root. */
function rootOf(url: string): string {
  return /^\/(api|notify|v2)\//.exec(url)?.[0] ?? '/';
}

/** Makes the server with everything that all routes share; parts then add theirs. It listens to nothing yet. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { settings, log } = options;
  const secure = settings.publicUrl.startsWith('https:');
  const logger: FastifyBaseLogger = log;
  const server: Server = fastify({
    loggerInstance: logger,
    // One line for each answer is written below, with the route's pattern instead of the address.
    logController: new LogController({ disableRequestLogging: true }),
    // Not of newId, which is slower: nothing is kept under it.
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    childLoggerFactory: (parent, bindings, given) => new RequestLog(() => parent.child(bindings, given)),
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    bodyLimit: bodyLimitBytes,
    // The time for a whole request to arrive: files come over slow lines. A connection on which nothing comes ends sooner.
    requestTimeout: 600_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 20_000,
    forceCloseConnections: 'idle',
    // Node reads no address longer than this; the schemas of the routes say how long each part may be.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 16_384 },
    // Fastify answers what it cannot decode by itself, before any of what is below; nothing is at such an address.
    rewriteUrl: ({ url = '/' }) => (isReadable(url) ? url : `${rootOf(url)}unreadable-address`),
    // Fastify's standard settings take unknown fields out and turn "1" into 1 without a word; a sender should be told instead.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: true, allErrors: false } },
  }).withTypeProvider<SchemaTypes>();

  const headers = securityHeaders(secure);
  const stated: StatedRoute[] = [];
  const admit = (access: Access) => (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => {
    reply.header('cache-control', 'no-store');
    let granted: Grant | Promise<Grant>;
    try {
      granted = options.gatekeeper.admit(request, access);
    } catch (error) {
      return done(asProblem(error));
    }
    const letIn = (grant: Grant): void => {
      request.grant = grant;
      done();
    };
    if (granted instanceof Promise) granted.then(letIn, done);
    else letIn(granted);
  };
  server.decorate('statedRoutes', stated);
  server.addHook('onRoute', (route) => {
    const access = route.config?.access;
    if (access === undefined) {
      throw new Error(
        `The route ${String(route.method)} ${route.url} does not state who may call it: add config.access.`,
      );
    }
    for (const method of [route.method].flat()) stated.push({ method, url: route.url, access });
    if (!lettingAnybodyIn.has(access.who)) route.onRequest = [admit(access), ...[route.onRequest ?? []].flat()];
  });

  if (settings.requestsPerMinute > 0) {
    await server.register(rateLimit, {
      max: settings.requestsPerMinute,
      timeWindow: 60_000,
      cache: 20_000,
      allowList: (request) => request.url.startsWith('/health/') || request.url.startsWith('/assets/'),
      errorResponseBuilder: (_request, context) =>
        new Problem('too-many', { message: `Wait ${Math.ceil(context.ttl / 1000)} seconds and try again.` }),
    });
  }
  await server.register(cookie);
  await server.register(formBody, { bodyLimit: bodyLimitBytes });
  await takeMultipart(server);
  // Fastify reads plain text unasked; no route takes it.
  server.removeContentTypeParser('text/plain');
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Commonhold',
        version: options.version,
        description: 'The common components, as a department’s own systems call them.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    // Pages are not an API: only routes that carry a tag are described.
    hideUntagged: true,
  });

  const forgery = protectFromForgery(options.keyring, secure);
  server.decorateRequest('grant');

  // Hooks that every request passes call back: a promise for each would have it wait its turn several times.
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers);
    reply.header('x-request-id', request.id);
    request.grant = nobody;
    done();
  });

  server.addHook('preValidation', (request, _reply, done) => {
    if (request.method === 'GET' || request.method === 'HEAD' || request.is404) return done();
    const who = request.routeOptions.config.access?.who;
    if (who === 'key' || who === 'signed') return done();
    try {
      checkForm(request, forgery);
      done();
    } catch (error) {
      done(asProblem(error));
    }
  });
  server.decorateRequest('checkForgery', function checkForgery(token) {
    forgery.checkToken(this, token);
  });

  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    options.metrics.request(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    if (reply.statusCode >= 500) request.log.warn({ route, status: reply.statusCode }, 'answered');
    else if (log.isLevelEnabled('debug'))
      request.log.debug(
        { route, method: request.method, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
        'answered',
      );
    done();
  });

  const shared = (request: FastifyRequest, reply: FastifyReply): Record<string, unknown> => ({
    csrfToken: forgery.tokenFor(request, reply),
    person: request.grant.person ?? undefined,
    requestId: request.id,
    path: request.url,
  });
  server.decorateReply('forgeryToken', function forgeryToken() {
    return forgery.tokenFor(this.request, this);
  });
  server.decorateReply('page', function page(view, data) {
    if (!this.hasHeader('cache-control')) this.header('cache-control', 'no-store');
    const html = options.renderer.render(view, { ...shared(this.request, this), ...data });
    return this.type('text/html; charset=utf-8').send(html);
  });
  server.decorateReply('contentPage', function contentPage(html, data) {
    if (!this.hasHeader('cache-control')) this.header('cache-control', 'no-store');
    const page = options.renderer.renderContent(html, { ...shared(this.request, this), ...data });
    return this.type('text/html; charset=utf-8').send(page);
  });

  const answerProblem = async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const problem = asProblem(error);
    logProblem(request, problem);
    setRetryAfter(reply, problem);
    reply.code(problem.status);
    // The rest of a body that was too large is not read, so the connection cannot be used again.
    if (problem.status === 413) reply.header('connection', 'close');
    if (wantsDocument(request)) {
      if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
      return reply.type('application/problem+json').send(JSON.stringify(problemDocument(problem, request.id)));
    }
    if (problem.kind === 'not-signed-in') {
      const back = request.method === 'GET' ? `?next=${encodeURIComponent(request.url)}` : '';
      return reply.redirect(`/staff/sign-in${back}`, 303);
    }
    return reply.page('design/problem', {
      title: problem.title,
      message: problem.message,
      status: problem.status,
      places: problem.places,
    });
  };
  server.setErrorHandler(answerProblem);
  server.setNotFoundHandler((request, reply) => {
    const methods = methodsAt(stated, request.url);
    if (methods.length === 0) return answerProblem(new Problem('not-found'), request, reply);
    reply.header('allow', methods.join(', '));
    return answerProblem(new Problem('wrong-method'), request, reply);
  });
  return server;
}

/** Routes that decide for themselves whom they answer, or answer everybody. */
const lettingAnybodyIn: ReadonlySet<string> = new Set(['anyone', 'holder', 'signed'] satisfies Access['who'][]);

/** @throws Problem where a posted form is forged, or is of a kind that the route does not take. */
function checkForm(request: FastifyRequest, forgery: ForgeryProtection): void {
  // What is not read yet cannot be checked yet: readForm does, before it takes anything else of the form.
  if (isMultipartForm(request)) return;
  if (request.isMultipart()) throw new Problem('wrong-type');
  forgery.check(request);
}

function isReadable(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url.split('?')[0] ?? '');
    return true;
  } catch {
    return false;
  }
}

/** What can be done at an address, for whoever tried something else there: RFC 9110, section 15.5.6. */
function methodsAt(routes: readonly StatedRoute[], url: string): string[] {
  const path = url.split('?')[0] ?? '';
  const methods = routes.filter((route) => patternOf(route.url).test(path)).map((route) => route.method);
  return [...new Set(methods)].toSorted();
}

function patternOf(url: string): RegExp {
  const pattern = url
    .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/:\w+/g, '[^/]+')
    .replaceAll('*', '.*');
  return new RegExp(`^${pattern}/?$`);
}

/** The scope that the caller was granted. Throws where the route's access gives none, which is a mistake in the route. */
export function scopeOf(request: FastifyRequest): Scope {
  if (request.grant.scope === null)
    throw new Error(`The route ${request.routeOptions.url ?? ''} has no organisation in its access.`);
  return request.grant.scope;
}

/** The signed-in member of staff. Throws where the route's access needs none, which is a mistake in the route. */
export function personOf(request: FastifyRequest): NonNullable<Grant['person']> {
  if (request.grant.person === null)
    throw new Error(`The route ${request.routeOptions.url ?? ''} does not need a person.`);
  return request.grant.person;
}
