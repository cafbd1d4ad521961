import { getOrganisation } from '#organisations';
import { recordAudit, type PersonalDataHolder, type Tx } from '#platform';

/** Everything that an organisation holds on a person, as the file that the person is given. */
export interface PersonalFile {
  readonly organisation: string;
  /** The address that was asked for. */
  readonly email: string;
  /** ISO 8601. */
  readonly gatheredAt: string;
  readonly holdings: readonly {
    readonly title: string;
    readonly records: readonly Readonly<Record<string, unknown>>[];
  }[];
}

/**
 * Gathers what the transaction's organisation holds on the person with an e-mail address: the right of access (UK GDPR and
 * GDPR, article 15). The audit trail says that it was done and how much was found, and not for whom.
 *
 * @param options.as whether it was looked at on a page, or downloaded.
 */
export async function gatherPersonalData(
  tx: Tx,
  holders: readonly PersonalDataHolder[],
  options: { email: string; as: 'page' | 'file' },
): Promise<PersonalFile> {
  const email = options.email.trim();
  const organisation = await getOrganisation(tx);
  const holdings = [];
  for (const holder of holders) holdings.push({ title: holder.title, records: await holder.gather(tx, email) });
  await recordAudit(tx, {
    action: options.as === 'file' ? 'casework.personal-data-downloaded' : 'casework.personal-data-viewed',
    subject: { kind: 'organisation', id: tx.organisationId, name: organisation.name },
    detail: { records: holdings.reduce((sum, holding) => sum + holding.records.length, 0) },
  });
  return { organisation: organisation.name, email, gatheredAt: new Date().toISOString(), holdings };
}
