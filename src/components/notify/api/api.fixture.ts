import assert from 'node:assert/strict';
import { SignJWT } from 'jose';
import { changeSendingSettings, createTemplate } from '#notify';
import { createApiKey } from '#organisations';
import { newId, type JobContext, type JobPayload, type Scope } from '#platform';
import { startTestProgram } from '../../../../testing/program.ts';

/** A service of the demonstration, with a key of each kind. */
export interface Service {
  readonly scope: Scope;
  readonly serviceId: string;
  readonly live: string;
  readonly team: string;
  readonly test: string;
}

/** The whole program with its API listening, and what tests of the API ask it to do. */
export async function startApi(environment: Readonly<Record<string, string>> = {}) {
  const program = await startTestProgram({
    PUBLIC_URL: 'http://platform.example',
    FILE_SCANNER: 'development',
    ...environment,
  });
  const { whole, keyring, server } = program;
  const { database } = whole;
  const base = `${await server.listen({ host: '127.0.0.1', port: 0 })}/notify`;

  const fishing = await takeService('fishing-licence');

  async function takeService(slug: string, withKeys = true): Promise<Service> {
    const [row] = await program.ask<{ organisation_id: string; id: string }>(
      'select organisation_id, id from organisations.services where slug = $1',
      [slug],
    );
    assert.ok(row);
    const scope: Scope = { organisationId: row.organisation_id, actor: { kind: 'system', name: 'test' } };
    const service = { scope, serviceId: row.id };
    if (!withKeys) return { ...service, live: '', team: '', test: '' };
    return {
      ...service,
      live: await makeKey(service, 'live'),
      team: await makeKey(service, 'team'),
      test: await makeKey(service, 'test'),
    };
  }

  async function makeKey(
    { scope, serviceId }: { scope: Scope; serviceId: string },
    kind: 'live' | 'team' | 'test',
  ): Promise<string> {
    return database.transact(scope, (tx) =>
      createApiKey(tx, keyring, { serviceId, name: `${kind} ${newId()}`, kind, createdBy: 'test' }),
    );
  }

  async function publish(
    name: string,
    type: 'sms' | 'email' | 'letter',
    body: string,
    subject = '',
    service: Service = fishing,
  ): Promise<{ id: string; version: number }> {
    return database.transact(service.scope, (tx) =>
      createTemplate(tx, { serviceId: service.serviceId, name, type, subject, body }),
    );
  }

  async function change(service: Service, settings: Parameters<typeof changeSendingSettings>[2]): Promise<void> {
    await database.transact(service.scope, (tx) => changeSendingSettings(tx, service.serviceId, settings));
  }

  async function runHandOver(scope: Scope, messageId: string): Promise<void> {
    await runJob('notify.hand-over', scope, { messageId });
  }

  /** Runs a job once, as the queue does. */
  async function runJob(name: string, scope: Scope, payload: JobPayload): Promise<void> {
    const job = whole.jobs.find((each) => each.name === name);
    assert.ok(job);
    const { organisationId } = scope;
    const context: JobContext = { database, log: whole.log, scope, organisationId, attempt: 1, lastAttempt: false };
    await job.run(payload, context);
  }

  async function bearer(key = fishing.live): Promise<string> {
    const token = await new SignJWT({ iss: key.slice(-73, -37) })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .sign(new TextEncoder().encode(key.slice(-36)));
    return `Bearer ${token}`;
  }

  async function post(path: string, payload: unknown, headers: Record<string, string> = {}) {
    return server.inject({
      method: 'POST',
      url: `/notify${path}`,
      headers: { authorization: await bearer(), 'content-type': 'application/json', ...headers },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });
  }

  return { program, base, fishing, takeService, makeKey, publish, change, runHandOver, runJob, bearer, post };
}

/** Whether a call was refused with one error, in the contract's shape. */
export function refusedWith(status: number, error: string, message: string): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof Error && 'response' in thrown, String(thrown));
    const { response } = thrown;
    assert.ok(typeof response === 'object' && response !== null && 'data' in response);
    assert.deepEqual(response.data, { status_code: status, errors: [{ error, message }] });
    return true;
  };
}
