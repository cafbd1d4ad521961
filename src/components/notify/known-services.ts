import { sql } from 'kysely';
import { getService } from '#organisations';
import { isId, type Database, type Scope, type Tx } from '#platform';
import { notifyTables } from './database.ts';
import { listSenders, type Sender } from './senders.ts';
import { readSendingSettings, type SendingSettings } from './sending-settings.ts';
import { getTemplate, type TemplateVersion } from './templates/templates.ts';

/** What the messages of a service are made with, as it was at a revision. */
export interface KnownService {
  readonly serviceId: string;
  /** How often its templates, senders or settings had been changed: what is made with it is accepted at this count only. */
  readonly revision: number;
  readonly settings: SendingSettings;
  readonly senders: readonly Sender[];
  /** What its text messages begin with; null where they begin with nothing. */
  readonly prefix: string | null;
  /** The newest version of a template of the service, archived or not; null where there is none. */
  template(id: string): Promise<TemplateVersion | null>;
}

/** What this process remembers of services, so that a message is made without asking the database for each part of it. */
export interface KnownServices {
  get(scope: Scope, serviceId: string): Promise<KnownService>;
  /** Forgets a service that turned out to have changed. */
  forget(serviceId: string): void;
}

/** The name of a service belongs to another part, which does not count its changes: it may be this old. */
const believedForMilliseconds = 2000;
const mostServices = 500;

/** A memory of services. Whoever accepts what was made with it checks the revision in the same transaction. */
export function createKnownServices(database: Database): KnownServices {
  const known = new Map<string, { until: number; service: Promise<KnownService> }>();

  async function read(scope: Scope, serviceId: string): Promise<KnownService> {
    const facts = await database.transact(scope, async (tx) => {
      // First, so that whatever changes from now on counts further than this.
      const revision = (await readRevisions(tx, [serviceId])).get(serviceId) ?? 0;
      const settings = await readSendingSettings(tx, serviceId);
      return {
        serviceId,
        revision,
        settings,
        senders: await listSenders(tx, serviceId),
        prefix: settings.textsBeginWithName ? (await getService(tx, serviceId)).name : null,
      };
    });
    const templates = new Map<string, Promise<TemplateVersion | null>>();
    return {
      ...facts,
      template(given) {
        const id = given.toLowerCase();
        if (!isId(id)) return Promise.resolve(null);
        const found =
          templates.get(id) ?? database.transact(scope, (tx) => getTemplate(tx, { serviceId, templateId: id }));
        // Ids that name nothing are not kept: there is no end of them.
        templates.set(id, found);
        found.then(
          (template) => template === null && templates.delete(id),
          () => templates.delete(id),
        );
        return found;
      },
    };
  }

  /** What was known, with the name as it is now. Whatever else was changed is found where it is accepted. */
  async function renew(scope: Scope, before: Promise<KnownService>): Promise<KnownService> {
    const service = await before;
    const { serviceId, prefix } = service;
    if (prefix === null) return service;
    const { name } = await database.transact(scope, (tx) => getService(tx, serviceId));
    return name === prefix ? service : { ...service, prefix: name };
  }

  return {
    get(scope, serviceId) {
      const kept = known.get(serviceId);
      if (kept !== undefined && kept.until > Date.now()) return kept.service;
      if (known.size >= mostServices) known.clear();
      const service = kept === undefined ? read(scope, serviceId) : renew(scope, kept.service);
      known.set(serviceId, { until: Date.now() + believedForMilliseconds, service });
      service.catch(() => known.delete(serviceId));
      return service;
    },
    forget: (serviceId) => known.delete(serviceId),
  };
}

/** How often what the messages of services are made with was changed, by service; none where it never was. */
export async function readRevisions(tx: Tx, serviceIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await notifyTables(tx)
    .selectFrom('revisions')
    .select(['service_id', 'revision'])
    .where('organisation_id', '=', tx.organisationId)
    // One parameter however many there are, so that it stays one statement to the database.
    .where(sql<boolean>`service_id = any(${serviceIds}::uuid[])`)
    .execute();
  return new Map(rows.map((row) => [row.service_id, row.revision]));
}
