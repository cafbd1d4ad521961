import { isDuplicate, newId, oneOf, Problem, recordAudit, type Calendar, type Database, type Tx } from '#platform';
import { organisationsTables } from './database.ts';

/** A department's service, with what its public pages and its jobs need to know. */
export interface Service {
  readonly organisationId: string;
  readonly id: string;
  /** Its public address is `/services/<slug>`. */
  readonly slug: string;
  readonly name: string;
  /** One sentence: what a person can do with it. */
  readonly summary: string;
  readonly phase: Phase;
  readonly audience: (typeof audiences)[number];
  /** The first and the last day on which it is open, as ISO dates; null for no bound. */
  readonly opensOn: string | null;
  readonly closesOn: string | null;
  /** Where a person asks for help: shown on its pages. */
  readonly contact: string;
  /** For how many days what a citizen sent is kept after it was decided. */
  readonly retentionDays: number;
  readonly organisationName: string;
}

const phases = ['alpha', 'beta', 'live'] as const;
const audiences = ['public', 'internal'] as const;
export type Phase = (typeof phases)[number];

/** What a service manager decides about a service. */
export type ServiceValues = Omit<Service, 'organisationId' | 'id' | 'organisationName'>;

/** Whether a service is open today, in the government's time zone. */
export function stateOf(
  service: Pick<Service, 'opensOn' | 'closesOn'>,
  calendar: Calendar,
): 'not yet open' | 'open' | 'closed' {
  const today = calendar.today();
  if (service.opensOn !== null && today < service.opensOn) return 'not yet open';
  if (service.closesOn !== null && today > service.closesOn) return 'closed';
  return 'open';
}

/** Makes a service. @throws Problem conflict where its address is taken. */
export async function createService(tx: Tx, values: ServiceValues): Promise<string> {
  const id = newId();
  try {
    await organisationsTables(tx)
      .insertInto('services')
      .values({ organisation_id: tx.organisationId, id, ...columns(values) })
      .execute();
  } catch (error) {
    throw refuseDuplicate(error, values.slug);
  }
  await recordAudit(tx, {
    action: 'organisations.service-created',
    subject: { kind: 'service', id, name: values.name },
  });
  return id;
}

/** Changes a service. @throws Problem conflict where its new address is taken, not-found. */
export async function changeService(tx: Tx, serviceId: string, values: ServiceValues): Promise<void> {
  try {
    const changed = await organisationsTables(tx)
      .updateTable('services')
      .set(columns(values))
      .where('organisation_id', '=', tx.organisationId)
      .where('id', '=', serviceId)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) throw new Problem('not-found');
  } catch (error) {
    throw refuseDuplicate(error, values.slug);
  }
  found.clear();
  await recordAudit(tx, {
    action: 'organisations.service-changed',
    subject: { kind: 'service', id: serviceId, name: values.name },
  });
}

/** A service of the transaction's organisation. @throws Problem not-found */
export async function getService(tx: Tx, serviceId: string): Promise<Service> {
  const row = await services(tx).where('services.id', '=', serviceId).executeTakeFirst();
  if (row === undefined) throw new Problem('not-found');
  return shape(row);
}

/** The services of the transaction's organisation, by name. */
export async function listServices(tx: Tx): Promise<Service[]> {
  return (await services(tx).orderBy('services.name').execute()).map(shape);
}

/** Every service of every organisation, for the public list and for jobs that go through all of them. */
export async function listServicesAcross(database: Database): Promise<Service[]> {
  const rows = await database.readAcross((tx) =>
    organisationsTables(tx)
      .selectFrom('services')
      .innerJoin('organisations', 'organisations.organisation_id', 'services.organisation_id')
      .selectAll('services')
      .select('organisations.name as organisation_name')
      .orderBy('services.name')
      .execute(),
  );
  return rows.map(shape);
}

/** How long a service found by its address is believed to be unchanged, in milliseconds. */
const foundForMilliseconds = 2000;
const mostFound = 1000;
const found = new Map<string, { service: Service | null; until: number }>();

/**
 * The service at a public address, or null. It is asked with every page of every form, so an answer is kept for two
 * seconds: a service that closes is closed everywhere within that time.
 */
export async function findService(database: Database, slug: string): Promise<Service | null> {
  const now = Date.now();
  const kept = found.get(slug);
  if (kept !== undefined && kept.until > now) return kept.service;
  const [row] = await database.find<ServiceRow>('select * from organisations.find_service($1)', [slug]);
  const service = row === undefined ? null : shape(row);
  if (found.size >= mostFound) found.clear();
  found.set(slug, { service, until: now + foundForMilliseconds });
  return service;
}

interface ServiceRow {
  organisation_id: string;
  id: string;
  slug: string;
  name: string;
  summary: string;
  phase: string;
  audience: string;
  opens_on: string | null;
  closes_on: string | null;
  contact: string;
  retention_days: number;
  organisation_name: string;
}

function services(tx: Tx) {
  return organisationsTables(tx)
    .selectFrom('services')
    .innerJoin('organisations', 'organisations.organisation_id', 'services.organisation_id')
    .selectAll('services')
    .select('organisations.name as organisation_name')
    .where('services.organisation_id', '=', tx.organisationId);
}

function columns(values: ServiceValues) {
  return {
    slug: values.slug,
    name: values.name,
    summary: values.summary,
    phase: values.phase,
    audience: values.audience,
    opens_on: values.opensOn,
    closes_on: values.closesOn,
    contact: values.contact,
    retention_days: values.retentionDays,
  };
}

function shape(row: ServiceRow): Service {
  return {
    organisationId: row.organisation_id,
    id: row.id,
    slug: row.slug,
    name: row.name,
    summary: row.summary,
    phase: oneOf(phases, row.phase),
    audience: oneOf(audiences, row.audience),
    opensOn: row.opens_on,
    closesOn: row.closes_on,
    contact: row.contact,
    retentionDays: row.retention_days,
    organisationName: row.organisation_name,
  };
}

function refuseDuplicate(error: unknown, slug: string): unknown {
  return isDuplicate(error)
    ? new Problem('conflict', { message: `Another service is at /services/${slug}. Choose another address.` })
    : error;
}
