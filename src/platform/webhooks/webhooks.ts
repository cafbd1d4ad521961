import type { Job } from '../jobs.ts';
import type { Keyring } from '../secrets.ts';
import type { SealedColumn } from '../part.ts';
import { permitAddresses } from './addresses.ts';
import { createDeliverer, forgetOldDeliveries } from './delivering.ts';
import { deliverJob, keepDeliveries, type WebhookDeliveries } from './deliveries.ts';
import { forgetJob, keepEndpoints, type WebhookEndpoints } from './endpoints.ts';
import { createPoster } from './post.ts';

/**
 * Webhooks: other systems are told what happened, as the Standard Webhooks specification has it, with every attempt kept.
 *
 * ```ts
 * const { endpointId, secret } = await webhooks.endpoints.add(tx, { ownerKind: 'forms.output', ownerId, url });
 * await webhooks.deliveries.send(tx, { endpointId, type: 'submission.created', payload: { reference } });
 * ```
 */
export interface Webhooks {
  readonly endpoints: WebhookEndpoints;
  readonly deliveries: WebhookDeliveries;
  readonly jobs: readonly Job[];
  readonly sealedColumns: readonly SealedColumn[];
}

/**
 * @param settings.webhookNetworks networks that may be sent to besides the public internet, and without TLS.
 */
export function createWebhooks(
  keyring: Keyring,
  settings: { webhookNetworks: readonly string[]; jobConcurrency: number },
): Webhooks {
  const addresses = permitAddresses(settings.webhookNetworks);
  const poster = createPoster(addresses);
  const deliverer = createDeliverer({ keyring, poster, share: Math.max(1, Math.floor(settings.jobConcurrency / 2)) });
  return {
    endpoints: keepEndpoints(keyring, addresses),
    deliveries: keepDeliveries(keyring),
    jobs: [
      {
        name: deliverJob,
        run: (payload, { database, scope }) => deliverer.deliver(database, scope, String(payload['deliveryId'])),
      },
      {
        name: forgetJob,
        run: (payload, { database, scope }) =>
          database.transact(scope, (tx) => forgetOldDeliveries(tx, String(payload['endpointId']))),
      },
    ],
    sealedColumns: [
      { table: 'webhook_endpoints', column: 'sealed_credentials', key: ['organisation_id', 'id'] },
      { table: 'webhook_deliveries', column: 'sealed_body', key: ['organisation_id', 'id'] },
    ],
  };
}
