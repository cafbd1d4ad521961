import { addDays } from '#platform';
import { termsOf } from '../contracts/contracts.ts';
import { addMonths } from '../contracts/months.ts';
import type { DatedContract, WholeEstate } from '../whole-estate.ts';
import { units } from './tables.ts';

/**
 * The contracts of an estate as a release package of the Open Contracting Data Standard 1.1
 * (https://standard.open-contracting.org/1.1/en/schema/release_package/): one release for each contract.
 *
 * @param values.uri where the package is published.
 * @param values.publishedAt RFC 3339.
 */
export function writeReleasePackage(
  estate: WholeEstate,
  values: { uri: string; publisher: string; publishedAt: string },
): object {
  return {
    uri: values.uri,
    version: '1.1',
    publishedDate: values.publishedAt,
    publisher: { name: values.publisher },
    releases: estate.contracts.map((contract) => releaseOf(contract, values.publishedAt)),
  };
}

function releaseOf(contract: DatedContract, publishedAt: string): object {
  const { id } = contract;
  const buyer = { id: contract.departmentId, name: contract.departmentName };
  const supplier = contract.supplierId === null ? null : { id: contract.supplierId, name: contract.supplierName ?? '' };
  const period = periodOf(contract);
  const value =
    contract.value === null
      ? {}
      : { value: { amount: units(contract.value, contract.currency), currency: contract.currency } };
  return {
    // No prefix is registered for a government that runs this program; one that has one replaces it.
    ocid: `ocds-commonhold-${id}`,
    id: `${id}-${contract.revision}`,
    date: publishedAt,
    tag: ['contract'],
    initiationType: 'tender',
    language: 'en',
    buyer,
    parties: [{ ...buyer, roles: ['buyer'] }, ...(supplier === null ? [] : [{ ...supplier, roles: ['supplier'] }])],
    awards: [
      {
        id: `${id}-award`,
        title: contract.title,
        status: 'active',
        ...value,
        ...(supplier === null ? {} : { suppliers: [supplier] }),
      },
    ],
    contracts: [
      {
        id,
        awardID: `${id}-award`,
        title: contract.title,
        status:
          contract.dates?.state === 'ended'
            ? 'terminated'
            : contract.dates?.state === 'not begun'
              ? 'pending'
              : 'active',
        ...(period === null ? {} : { period }),
        ...value,
      },
    ],
  };
}

/** The first term, with the last day to which options can take it. */
function periodOf(contract: DatedContract): object | null {
  const terms = termsOf(contract);
  if (terms === null || contract.endsOn === null) return null;
  const months = contract.extensions.reduce((sum, option) => sum + option.months, 0);
  return {
    ...(contract.startsOn === null ? {} : { startDate: `${contract.startsOn}T00:00:00Z` }),
    endDate: `${contract.endsOn}T23:59:59Z`,
    ...(months === 0
      ? {}
      : { maxExtentDate: `${addDays(addMonths(addDays(contract.endsOn, 1), months), -1)}T23:59:59Z` }),
  };
}
