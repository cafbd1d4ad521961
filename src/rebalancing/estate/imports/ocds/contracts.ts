import type { Calendar } from '#platform';
import { usualCurrency } from '../../areas.ts';
import type { ContractKind } from '../../contracts/contracts.ts';
import type { Award, OrganizationReference, Release, ReleaseContract, ReleasePeriod, Value } from './releases.ts';

/** A contract as a contracting process states it. What it does not state is null. */
export interface StatedContract {
  /** Stays the same from notice to notice: the process, and the contract or award in it. */
  readonly reference: string;
  readonly title: string;
  readonly buyer: string;
  /** Null where there is none, or several: a framework is not a contract with one of its suppliers. */
  readonly supplier: { readonly name: string; readonly identifier: string | null } | null;
  readonly kind: ContractKind | null;
  readonly framework: string | null;
  readonly currency: string;
  /** In minor units. */
  readonly value: number | null;
  /** ISO dates; the last day belongs to the contract. */
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  /** All that is said about it in words: its terms are found there, if anywhere. */
  readonly words: string;
}

/**
 * The contracts of a process: those that were signed, and those that were awarded and have no contract beside them (many
 * publishers never publish one). A process that is still being tendered has none. What was cancelled is left out.
 */
export function contractsOf(process: Release, calendar: Pick<Calendar, 'dayOf'>): StatedContract[] {
  const buyer = process.buyer?.name ?? process.tender?.procuringEntity?.name ?? partyWith(process, 'buyer');
  if (buyer === undefined || buyer.trim() === '') return [];
  const awards = process.awards ?? [];
  const contracts = process.contracts ?? [];
  const signed = new Set(contracts.map((contract) => String(contract.awardID ?? '')));
  const states = [
    ...contracts.map((contract) => ({
      contract,
      award: awards.find((award) => String(award.id) === String(contract.awardID ?? '')),
    })),
    ...awards.filter((award) => !signed.has(String(award.id))).map((award) => ({ contract: undefined, award })),
  ];
  return states
    .filter(({ contract, award }) => !isVoid(contract?.status) && !(contract === undefined && isVoid(award?.status)))
    .map(({ contract, award }) => state(process, buyer.trim(), contract, award, calendar));
}

/**
 * Whether a process is about technology, by the divisions and groups of its class in the Common Procurement Vocabulary
 * (Regulation (EC) No 213/2008). One that states no class counts as technology: a person can say otherwise.
 */
export function isTechnology(process: Release): boolean {
  const code = process.tender?.classification?.id;
  return code === undefined || technology.some((prefix) => code.startsWith(prefix));
}

/** Computers; communication equipment; software; telecommunications; IT services; their maintenance; installing them. */
const technology = ['302', '32', '48', '642', '72', '503', '516'];

const kinds: readonly (readonly [prefix: string, kind: ContractKind])[] = [
  ['48', 'licence'],
  ['642', 'network'],
  ['324', 'network'],
  ['302', 'devices'],
  ['32', 'devices'],
  ['503', 'support'],
  ['516', 'support'],
  ['7241', 'hosting'],
  ['7231', 'hosting'],
  ['7222', 'integration'],
  ['7225', 'support'],
  ['7226', 'support'],
  ['72', 'service provision'],
];

function state(
  process: Release,
  buyer: string,
  contract: ReleaseContract | undefined,
  award: Award | undefined,
  calendar: Pick<Calendar, 'dayOf'>,
): StatedContract {
  const { tender } = process;
  const id = contract?.id ?? award?.id ?? '';
  const period = firstOf(hasDay, contract?.period, award?.contractPeriod, tender?.contractPeriod);
  const value = firstOf(hasAmount, contract?.value, award?.value);
  const code = tender?.classification?.id ?? '';
  const method = tender?.procurementMethodDetails ?? '';
  return {
    // Publishers often put the identifier of the process into that of the award.
    reference: String(id).startsWith(process.ocid) ? String(id) : `${process.ocid}/${id}`,
    title: firstOf(isText, contract?.title, award?.title, tender?.title)?.trim() ?? process.ocid,
    buyer,
    supplier: supplierOf(process, award),
    kind: kinds.find(([prefix]) => code.startsWith(prefix))?.[1] ?? null,
    framework:
      /call-?off|framework/i.test(method) || tender?.techniques?.hasFrameworkAgreement === true ? method : null,
    currency: value === undefined ? usualCurrency : currencyOf(value),
    value: minorUnits(value),
    startsOn: dayOf(period?.startDate, calendar),
    endsOn: dayOf(period?.endDate, calendar),
    words: [
      tender?.title,
      tender?.description,
      award?.description,
      contract?.description,
      ...(tender?.lots ?? []).flatMap((lot) => [lot.description, lot.renewal?.description]),
    ]
      .filter(isText)
      .join('\n'),
  };
}

function supplierOf(process: Release, award: Award | undefined): StatedContract['supplier'] {
  const suppliers = (award?.suppliers ?? []).filter((supplier) => isText(supplier.name));
  const [only] = suppliers;
  if (only?.name === undefined || suppliers.length > 1) return null;
  return { name: only.name.trim(), identifier: identifierOf(process, only) };
}

/** The number of an organisation in a register, as the standard writes it: scheme and number. */
function identifierOf(process: Release, reference: OrganizationReference): string | null {
  const party = process.parties?.find((each) => each.id !== undefined && each.id === reference.id);
  const { scheme, id } = party?.identifier ?? {};
  return scheme === undefined || id === undefined || id === null || String(id).trim() === '' ? null : `${scheme}-${id}`;
}

function partyWith(process: Release, role: string): string | undefined {
  return process.parties?.find((party) => party.roles?.includes(role))?.name;
}

function isVoid(status: string | undefined): boolean {
  return status === 'cancelled' || status === 'unsuccessful';
}

function minorUnits(value: Value | undefined): number | null {
  if (value?.amount === undefined || value.amount === null || value.amount < 0) return null;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: currencyOf(value) });
  const minor = Math.round(value.amount * 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
  return Number.isSafeInteger(minor) ? minor : null;
}

function currencyOf(value: Value): string {
  return /^[A-Z]{3}$/.test(value.currency ?? '') ? (value.currency ?? '') : usualCurrency;
}

function dayOf(time: string | undefined, calendar: Pick<Calendar, 'dayOf'>): string | null {
  return time === undefined || time === null ? null : calendar.dayOf(time);
}

function firstOf<T>(isGood: (value: T) => boolean, ...values: readonly (T | undefined)[]): T | undefined {
  return values.find((value): value is T => value !== undefined && value !== null && isGood(value));
}

function isText(value: string | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function hasDay(period: ReleasePeriod): boolean {
  return isText(period.startDate) || isText(period.endDate);
}

function hasAmount(value: Value): boolean {
  return typeof value.amount === 'number';
}
