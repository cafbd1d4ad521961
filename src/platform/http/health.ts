import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problem.ts';
import type { Metrics } from '../metrics.ts';
import type { Server } from './server.ts';

/** Adds the addresses that a load balancer and a collector of metrics ask. */
export function addHealthRoutes(
  server: Server,
  options: { metrics: Metrics; metricsToken: string | undefined; checkReady: () => Promise<void> },
): void {
  server.get(
    '/health/live',
    { config: { access: { who: 'anyone', because: 'it says only that the process answers' } }, logLevel: 'warn' },
    async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'live' }),
  );

  server.get(
    '/health/ready',
    {
      config: { access: { who: 'anyone', because: 'a load balancer asks it, and it says only yes or no' } },
      logLevel: 'warn',
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      try {
        await options.checkReady();
      } catch (error) {
        throw new Problem('unavailable', {
          message: 'The database does not answer.',
          detail: String(error),
          cause: error,
        });
      }
      return { status: 'ready' };
    },
  );

  server.get(
    '/metrics',
    {
      config: {
        access: {
          who: 'holder',
          of: 'the metrics token',
          because: 'without a token only this machine itself is answered',
        },
      },
    },
    async (request, reply) => {
      if (!mayReadMetrics(request, options.metricsToken)) throw new Problem('not-found');
      return reply.type(options.metrics.contentType).send(await options.metrics.text());
    },
  );
}

function mayReadMetrics(request: FastifyRequest, token: string | undefined): boolean {
  if (token === undefined) {
    // Through a proxy on the same machine everybody would look local.
    return (
      ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(request.socket.remoteAddress ?? '') &&
      request.headers['x-forwarded-for'] === undefined
    );
  }
  const given = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
