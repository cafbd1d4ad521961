import { listRulePacks, packOn, saveRulePack } from '#estate';
import { readPlanSettings, savePlanSettings } from '#plan';
import type { Tx } from '#platform';
import type { MadeUpContract, MadeUpEstate, MadeUpSystem } from './estate.ts';
import { departments, firstDayOfMonth, lastDayOfMonth } from './generate.ts';

const pound = 100;

/** What a system of the made-up estate is that breaks a rule: the rest of it is as usual. */
interface Ruled {
  readonly system: Pick<MadeUpSystem, 'name' | 'description' | 'department' | 'area' | 'users'>;
  readonly part: { readonly kind: MadeUpSystem['parts'][number]['kind']; readonly need: string };
  readonly contract: Pick<MadeUpContract, 'title' | 'supplier' | 'kind' | 'extensions'> & {
    /** In whole pounds a year. */
    readonly yearly: number;
    readonly months: number;
    readonly monthsLeft: number;
  };
}

/** A contract that comes to more than 100 million if it is extended; a supplier with both roles; and three small pieces of one need. */
const ruled: readonly Ruled[] = [
  {
    system: {
      name: 'Assessment and collection',
      description: 'Assesses and collects every tax. Work that only this department does.',
      department: 'department-of-revenue',
      area: 'mission IT',
      users: 9_000,
    },
    part: { kind: 'application', need: 'special-to-the-department' },
    contract: {
      title: 'Assessment and collection: run and change',
      supplier: 'Greywether',
      kind: 'service provision',
      yearly: 22_000_000,
      months: 48,
      monthsLeft: 14,
      extensions: [
        { months: 12, uplift: 0 },
        { months: 12, uplift: 0 },
      ],
    },
  },
  ...['Bridge closures pages', 'Winter service pages', 'Street works pages'].map((name): Ruled => ({
    system: {
      name,
      description: 'Tells the public what is closed.',
      department: 'department-of-roads',
      area: 'digital public services',
      users: 40,
    },
    part: { kind: 'application', need: 'publishing-information' },
    contract: {
      title: name,
      supplier: 'Tarn Digital',
      kind: 'service provision',
      yearly: 14_000,
      months: 24,
      monthsLeft: 9,
      extensions: [{ months: 12, uplift: 0.03 }],
    },
  })),
  {
    system: {
      name: 'Health records exchange',
      description: 'Passes records between clinics and hospitals. Work that only this department does.',
      department: 'department-of-health',
      area: 'mission IT',
      users: 2_600,
    },
    part: { kind: 'application', need: 'special-to-the-department' },
    contract: {
      title: 'Health records exchange',
      supplier: 'Stillwater Integration',
      kind: 'service provision',
      yearly: 1_900_000,
      months: 36,
      monthsLeft: 11,
      extensions: [{ months: 24, uplift: 0 }],
    },
  },
  {
    system: {
      name: 'Health systems integration',
      description: 'Joins the systems of the department to each other.',
      department: 'department-of-health',
      area: 'mission IT',
      users: 120,
    },
    part: { kind: 'support', need: 'application-support' },
    contract: {
      title: 'Integration of health systems',
      supplier: 'Stillwater Integration',
      kind: 'integration',
      yearly: 1_200_000,
      months: 48,
      monthsLeft: 30,
      extensions: [{ months: 12, uplift: 0.03 }],
    },
  },
];

/** Systems whose contracts break a rule of spending each, so that the demonstration shows what that looks like. */
export function makeRuledEstate(asAt: string): MadeUpEstate {
  const systems = ruled.map(({ system, part, contract }, index): MadeUpSystem => ({
    ...system,
    reference: `SYS-R${index + 1}`,
    yearlyTransactions: system.area === 'digital public services' ? 250_000 : null,
    hosting: 'supplier data centre',
    sensitivity: system.area === 'digital public services' ? 'public' : 'personal',
    lifecycle: 'live',
    businessFit: 3,
    technicalFit: 2,
    supportEndsOn: null,
    parts: [{ ...part, ownCost: Math.round(contract.yearly * 0.1) * pound, contractCost: contract.yearly * pound }],
  }));
  const contracts = ruled.map(({ system, part, contract }, index): MadeUpContract => ({
    reference: `CON-R${index + 1}`,
    title: contract.title,
    department: system.department,
    supplier: contract.supplier,
    kind: contract.kind,
    startsOn: firstDayOfMonth(asAt, contract.monthsLeft - contract.months),
    endsOn: lastDayOfMonth(asAt, contract.monthsLeft - 1),
    noticeMonths: 3,
    renewalMonths: 0,
    extensions: contract.extensions,
    yearlyCost: contract.yearly * pound,
    terminationShare: null,
    shares: [{ system: `SYS-R${index + 1}`, part: part.kind, share: 1 }],
  }));
  const suppliers = [...new Set(contracts.map(({ supplier }) => supplier))];
  return { seed: 0, asAt, departments, suppliers, systems, contracts, dependencies: [] };
}

/** How many months an approval takes in the demonstration. */
const approvalMonths = 3;
const pricePerLongHosting = 20_000 * pound;

/** What the demonstration's plans do about the rules in force: hosting may run longer at a price; all else is honoured. */
export async function treatRules(tx: Tx, asAt: string): Promise<void> {
  const pack = packOn(await listRulePacks(tx), asAt);
  if (pack === null) return;
  await saveRulePack(tx, { ...pack, approvalMonths });
  const rules = Object.fromEntries(
    pack.rules.map(({ key, kind }) => [
      key,
      kind === 'term limit'
        ? { treatment: 'price' as const, price: pricePerLongHosting }
        : { treatment: 'honour' as const, price: 0 },
    ]),
  );
  await savePlanSettings(tx, { ...(await readPlanSettings(tx, asAt)), rules }, 'the demonstration');
}
