import {
  isId,
  RowProblem,
  type Calendar,
  type Importer,
  type ImportField,
  type ImportRecord,
  type Tx,
} from '#platform';
import { areas, type Area } from '../areas.ts';
import { listNeeds, type Need } from '../needs/needs.ts';
import type { Source } from '../statements.ts';
import { findOrAddDepartment } from '../suppliers/departments.ts';
import { costKinds, partKinds, type PartValues } from '../systems/parts.ts';
import {
  hostings,
  lifecycles,
  listSystems,
  saveSystem,
  sensitivities,
  type System,
  type SystemValues,
} from '../systems/systems.ts';

/** Lists of systems, as departments keep them in spreadsheets: a row for each. A system is known by its reference, or its name. */
export function createSystemsImporter(calendar: Calendar, currency: string): Importer {
  return {
    kind: 'estate.systems',
    title: 'Systems',
    fields,
    async take(tx, record, { fileName, rowNumber }) {
      const known = await findKnown(tx, record);
      const said = valuesOf(record, record['need'] === undefined ? [] : await listNeeds(tx));
      const values = known === undefined ? said : newsOf(known, said);
      const departmentId =
        known?.departmentId ?? (await findOrAddDepartment(tx, { name: textOf(record, 'department') ?? '' })).id;
      const { outcome } = await saveSystem(
        tx,
        { ...values, departmentId, currency, ...(known === undefined ? {} : { id: known.id }) },
        fromFile(fileName, rowNumber, calendar),
      );
      return outcome === 'unchanged' ? 'same' : outcome;
    },
  };
}

/** The system of a row that was taken out of this estate and brings its number back. */
async function findKnown(tx: Tx, record: ImportRecord): Promise<System | undefined> {
  const id = textOf(record, 'commonholdId');
  return id === undefined || !isId(id) ? undefined : (await listSystems(tx, [id]))[0];
}

/** What a row says that is not so already: nobody is taken to have confirmed what they only left as it was. */
function newsOf(known: System, values: Omit<SystemValues, 'departmentId'>): Omit<SystemValues, 'departmentId'> {
  const { name, parts = [], ...rest } = values;
  return {
    name,
    ...news(known, rest),
    parts: parts.flatMap((part): PartValues[] => {
      const before = known.parts.find(({ kind }) => kind === part.kind);
      if (before === undefined) return [part];
      const costs = news(before.costs, part.costs ?? {});
      const needKey = part.needKey === before.needKey ? undefined : part.needKey;
      return needKey === undefined && Object.keys(costs).length === 0 ? [] : [{ kind: part.kind, needKey, costs }];
    }),
  };
}

/** Those of the values that differ from what is known. */
export function news<T extends object>(known: object, values: T): Partial<T> {
  const before = new Map<string, unknown>(Object.entries(known));
  const kept: Partial<T> = { ...values };
  for (const name in values) {
    if (!Object.hasOwn(values, name)) continue;
    const value = values[name];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(before.get(name))) delete kept[name];
  }
  return kept;
}

/** What a row of a file says, as of today: an older list is overruled by whatever was said since. */
export function fromFile(fileName: string, rowNumber: number, calendar: Calendar): Source {
  return { kind: 'file', name: `${fileName}, row ${rowNumber}`, statedOn: calendar.today() };
}

/** The text of a field, or undefined where the cell is empty or there is no column. */
export function textOf(record: ImportRecord, field: string): string | undefined {
  const value = record[field];
  return value === undefined ? undefined : String(value);
}

/** The number of a field, or undefined. @throws RowProblem where it is below zero. */
export function amountOf(record: ImportRecord, field: string, label: string): number | undefined {
  const value = record[field];
  if (typeof value !== 'number') return undefined;
  if (value < 0) throw new RowProblem(`${label} is less than nothing. Write 0 or more.`, field);
  return value;
}

/** The choice of a field, as one of those that the estate knows. */
export function choiceOf<T extends string>(record: ImportRecord, field: string, choices: readonly T[]): T | undefined {
  return choices.find((choice) => choice === record[field]);
}

/** Choices without other words for them. */
export function plainChoices(choices: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(choices.map((choice) => [choice, []]));
}

const areaWords: Record<Area, readonly string[]> = {
  'digital public services': [
    'digital',
    'public services',
    'digital services',
    'online services',
    'citizen services',
    'transactions',
  ],
  'mission IT': ['mission', 'line of business', 'business applications', 'specialist'],
  infrastructure: ['infrastructure services', 'hosting', 'networks', 'end user computing', 'it infrastructure'],
  'back office': ['corporate', 'corporate services', 'hr', 'finance', 'back-office', 'erp'],
};

const fitWords = (label: string) => ({
  hint: '1 is poor, 4 is good',
  label,
  kind: 'choice' as const,
  choices: {
    '1': ['poor', 'very poor', 'bad'],
    '2': ['weak', 'fairly poor'],
    '3': ['fair', 'adequate', 'medium'],
    '4': ['good', 'very good', '5', 'strong'],
  },
});

const fields: readonly ImportField[] = [
  {
    name: 'commonholdId',
    label: 'Number on this map',
    kind: 'text',
    hint: 'As it was taken out of here. Only what is different is then taken.',
    alsoCalled: ['commonhold id'],
  },
  {
    name: 'department',
    label: 'Department',
    kind: 'text',
    required: true,
    alsoCalled: [
      'organisation',
      'owning department',
      'directorate',
      'agency',
      'body',
      'customer',
      'business area',
      'ministry',
    ],
  },
  {
    name: 'name',
    label: 'Name of the system',
    kind: 'text',
    required: true,
    alsoCalled: ['system', 'system name', 'application', 'application name', 'name', 'service', 'asset'],
  },
  {
    name: 'reference',
    label: 'Reference',
    kind: 'text',
    alsoCalled: ['id', 'system id', 'application id', 'asset number', 'ref', 'cmdb id'],
  },
  {
    name: 'description',
    label: 'Description',
    kind: 'text',
    alsoCalled: ['purpose', 'what it does', 'summary', 'notes'],
  },
  {
    name: 'area',
    label: 'Area',
    kind: 'choice',
    choices: areaWords,
    alsoCalled: ['category', 'type', 'domain', 'portfolio'],
  },
  {
    name: 'owner',
    label: 'Owner',
    kind: 'text',
    alsoCalled: ['system owner', 'business owner', 'responsible', 'sro', 'contact'],
  },
  {
    name: 'users',
    label: 'Users',
    kind: 'whole number',
    alsoCalled: ['number of users', 'user count', 'licences in use'],
  },
  {
    name: 'yearlyTransactions',
    label: 'Transactions a year',
    kind: 'whole number',
    alsoCalled: ['transactions', 'annual transactions', 'volume', 'yearly volume'],
  },
  {
    name: 'hosting',
    label: 'Hosting',
    kind: 'choice',
    choices: {
      ...plainChoices(hostings),
      'own data centre': ['on premises', 'on-prem', 'on premise', 'data centre', 'in house', 'server room'],
      'supplier data centre': ['supplier hosted', 'outsourced', 'managed hosting', 'colocation', 'third party'],
      'public cloud': ['cloud', 'aws', 'azure', 'gcp', 'iaas', 'paas'],
      'software as a service': ['saas'],
      'on devices': ['desktop', 'client', 'standalone'],
    },
    alsoCalled: ['hosted', 'where hosted', 'deployment', 'platform', 'hosting type'],
  },
  {
    name: 'sensitivity',
    label: 'Sensitivity',
    kind: 'choice',
    choices: {
      ...plainChoices(sensitivities),
      internal: ['official'],
      personal: ['personal data', 'pii'],
      sensitive: ['official-sensitive', 'official sensitive'],
    },
    alsoCalled: ['classification', 'data classification', 'security level'],
  },
  {
    name: 'lifecycle',
    label: 'Lifecycle',
    kind: 'choice',
    choices: {
      ...plainChoices(lifecycles),
      live: ['production', 'in use', 'active', 'operational', 'run'],
      'in development': ['development', 'beta', 'alpha', 'build'],
      'being replaced': ['sunset', 'end of life', 'legacy', 'replace', 'decommissioning'],
      retired: ['decommissioned', 'closed', 'off'],
    },
    alsoCalled: ['status', 'state', 'lifecycle stage', 'phase'],
  },
  { name: 'businessFit', ...fitWords('Business fit'), alsoCalled: ['functional fit', 'business value'] },
  { name: 'technicalFit', ...fitWords('Technical fit'), alsoCalled: ['technical health', 'technical quality'] },
  {
    name: 'part',
    label: 'Part that the row is about',
    kind: 'choice',
    hint: 'Where a system has a row for each of its parts. Otherwise the costs are those of its application.',
    choices: plainChoices(partKinds),
    alsoCalled: ['part of the system', 'component'],
  },
  {
    name: 'need',
    label: 'What the part is needed for',
    kind: 'text',
    hint: 'The name of a need, or its key.',
    alsoCalled: ['need', 'need met', 'capability', 'business capability'],
  },
  {
    name: 'yearlyCost',
    label: 'Cost a year, if it is not split',
    kind: 'amount',
    alsoCalled: [
      'annual cost',
      'yearly cost',
      'cost per year',
      'cost pa',
      'run cost',
      'running cost',
      'total cost',
      'tco',
      'annual spend',
      'cost',
    ],
  },
  {
    name: 'cost-people',
    label: 'Cost of people a year',
    kind: 'amount',
    alsoCalled: ['staff cost', 'people cost', 'fte cost'],
  },
  {
    name: 'cost-licences',
    label: 'Cost of licences a year',
    kind: 'amount',
    alsoCalled: ['licence cost', 'license cost', 'software cost'],
  },
  {
    name: 'cost-services',
    label: 'Cost of services a year',
    kind: 'amount',
    alsoCalled: ['service cost', 'support cost', 'contract cost', 'supplier cost'],
  },
  {
    name: 'cost-equipment',
    label: 'Cost of equipment a year',
    kind: 'amount',
    alsoCalled: ['hardware cost', 'equipment cost', 'infrastructure cost'],
  },
  {
    name: 'cost-hosting',
    label: 'Cost of its hosting a year',
    kind: 'amount',
    alsoCalled: ['hosting cost', 'cloud cost', 'data centre cost'],
  },
  {
    name: 'cost-other',
    label: 'Other cost a year',
    kind: 'amount',
    alsoCalled: ['other cost', 'other costs'],
  },
];

function valuesOf(record: ImportRecord, needs: readonly Need[]): Omit<SystemValues, 'departmentId'> {
  const fit = (field: string): number | undefined => (record[field] === undefined ? undefined : Number(record[field]));
  const costs = Object.fromEntries(
    costKinds.map((kind) => [kind, amountOf(record, `cost-${kind}`, `The cost of ${kind}`)]),
  );
  const yearly = amountOf(record, 'yearlyCost', 'The cost a year');
  const hosting = amountOf(record, 'cost-hosting', 'The cost of hosting');
  const split = Object.values(costs).reduce<number>((sum, cost) => sum + (cost ?? 0), 0) + (hosting ?? 0);
  if (yearly !== undefined && split > yearly) {
    throw new RowProblem('The costs by kind come to more than the cost a year. Correct one of them.', 'yearlyCost');
  }
  const kind = choiceOf(record, 'part', partKinds) ?? 'application';
  const parts: PartValues[] = [
    {
      kind,
      needKey: needOf(record, needs),
      costs: { ...costs, ...(yearly === undefined ? {} : { other: (costs.other ?? 0) + yearly - split }) },
    },
    ...(hosting === undefined ? [] : [{ kind: 'hosting' as const, costs: { services: hosting } }]),
  ];
  return {
    name: textOf(record, 'name') ?? '',
    reference: textOf(record, 'reference'),
    description: textOf(record, 'description'),
    area: choiceOf(record, 'area', areas),
    owner: textOf(record, 'owner'),
    users: amountOf(record, 'users', 'The number of users'),
    yearlyTransactions: amountOf(record, 'yearlyTransactions', 'The number of transactions'),
    hosting: choiceOf(record, 'hosting', hostings),
    sensitivity: choiceOf(record, 'sensitivity', sensitivities),
    lifecycle: choiceOf(record, 'lifecycle', lifecycles),
    businessFit: fit('businessFit'),
    technicalFit: fit('technicalFit'),
    parts,
  };
}

/** The need that a cell names. @throws RowProblem where there is none of that name */
function needOf(record: ImportRecord, needs: readonly Need[]): string | undefined {
  const text = textOf(record, 'need');
  if (text === undefined) return undefined;
  const wanted = text.toLowerCase();
  const need = needs.find(({ key, name }) => key === wanted || name.toLowerCase() === wanted);
  if (need === undefined) {
    throw new RowProblem(
      `There is no need "${text.slice(0, 60)}". Use the name of one on the page of needs, or leave it empty.`,
      'need',
    );
  }
  return need.key;
}
