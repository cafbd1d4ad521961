import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import pg from 'pg';
import { isConnectionFailure } from '../database.ts';
import { isProblemKind, Problem, problemKinds, type ProblemKind } from '../problem.ts';

const allKinds = Object.keys(problemKinds).filter(isProblemKind);

/** Turns whatever was thrown into a Problem that can be told to the caller. What is not understood becomes `internal`. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isConnectionFailure(error)) return new Problem('unavailable', { detail: 'the database is away', cause: error });
  // A text that is no UUID, number or date where the database wants one: nothing is at that address.
  if (error instanceof pg.DatabaseError && (error.code === '22P02' || error.code === '22003')) {
    return new Problem('not-found', { detail: error.message, cause: error });
  }
  // The character U+0000, which no text of PostgreSQL holds and nobody types.
  if (error instanceof pg.DatabaseError && (error.code === '22021' || error.code === '22P05')) {
    return new Problem('invalid', {
      message: 'What was sent holds a character that cannot be kept. Take it out, and send it again.',
      detail: error.message,
      cause: error,
    });
  }
  if (isFastifyError(error)) {
    const kind = kindOfFastifyError(error);
    if (kind !== undefined) return new Problem(kind, { ...describe(error, kind), cause: error });
  }
  return new Problem('internal', { detail: error instanceof Error ? error.message : String(error), cause: error });
}

/** Whether the caller is a program, which is answered with a problem document (RFC 9457), and not a person with a browser. */
export function wantsDocument(request: FastifyRequest): boolean {
  const path = request.originalUrl;
  if (/^\/(api|notify|health|metrics|data)(\/|$|\?)/.test(path)) return true;
  const accept = request.headers.accept ?? '';
  return accept.includes('json') && !accept.includes('text/html');
}

/** A problem document: RFC 9457. `instance` is the request id that stands in the log. */
export function problemDocument(problem: Problem, requestId: string): Record<string, unknown> {
  return {
    type: `urn:commonhold:problem:${problem.kind}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance: `urn:uuid:${requestId}`,
    ...(problem.places.length > 0 ? { errors: problem.places } : {}),
  };
}

/** Logs what only we should know. The caller's data is not in it: the detail is written by us or by the database. */
export function logProblem(request: FastifyRequest, problem: Problem): void {
  const words = { kind: problem.kind, detail: problem.detail, route: request.routeOptions.url };
  if (problem.status >= 500) request.log.error({ ...words, err: withoutValues(problem.cause) }, 'a request failed');
  else request.log.debug(words, 'a request was refused');
}

/** PostgreSQL's `detail` quotes the row that offended, which may be a person's: only message, code and stack are logged. */
function withoutValues(cause: unknown): object | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause ? cause.code : undefined;
  return { name: cause.name, message: cause.message.slice(0, 500), code, stack: cause.stack };
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}

function kindOfFastifyError(error: FastifyError): ProblemKind | undefined {
  // What does not fit in an address is no address of ours.
  if (error.validation !== undefined) return error.validationContext === 'params' ? 'not-found' : 'invalid';
  const { statusCode } = error;
  if (statusCode === 400) return 'invalid';
  if (statusCode === undefined || statusCode === 403 || statusCode >= 500) return undefined;
  return allKinds.find((kind) => problemKinds[kind].status === statusCode);
}

function describe(
  error: FastifyError,
  kind: ProblemKind,
): { message?: string; detail: string; places?: { place: string; message: string }[] } {
  const detail = error.code;
  if (error.validation !== undefined && kind === 'invalid') {
    const where = error.validationContext ?? 'request';
    const places = error.validation.map((each) => ({
      place: `${where}${each.instancePath}`,
      message: each.message ?? 'is not right',
    }));
    return { detail, places, message: places.map((each) => `${each.place} ${each.message}`).join('; ') };
  }
  if (kind === 'invalid')
    return { detail, message: 'What was sent cannot be read. Check that it is well-formed, and send it again.' };
  return { detail };
}

/** Tells a browser to come back soon, and a program how long to wait. */
export function setRetryAfter(reply: FastifyReply, problem: Problem): void {
  if (problem.kind === 'unavailable' && !reply.hasHeader('retry-after')) reply.header('retry-after', '5');
}
