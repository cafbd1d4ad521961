import {
  isId,
  RowProblem,
  type Calendar,
  type Importer,
  type ImportField,
  type ImportRecord,
  type Tx,
} from '#platform';
import { shareContract } from '../contracts/contract-shares.ts';
import {
  contractKinds,
  listContracts,
  saveContract,
  type Contract,
  type ContractKind,
  type ContractValues,
} from '../contracts/contracts.ts';
import type { ExtensionOption } from '../contracts/extension-options.ts';
import { readExtensionText } from '../contracts/extension-text.ts';
import type { Period } from '../contracts/months.ts';
import { findOrAddDepartment } from '../suppliers/departments.ts';
import { findOrAddSupplier } from '../suppliers/suppliers.ts';
import { listParts } from '../systems/parts.ts';
import { saveSystem } from '../systems/systems.ts';
import { readExtensions } from './contract-words.ts';
import { amountOf, choiceOf, fromFile, news, textOf } from './systems.ts';

/** Registers of contracts: a row for each. A contract is known by its reference, or by its title and supplier. */
export function createContractsImporter(calendar: Calendar, currency: string): Importer {
  return {
    kind: 'estate.contracts',
    title: 'Contracts',
    fields,
    async take(tx, record, { fileName, rowNumber }) {
      const source = fromFile(fileName, rowNumber, calendar);
      const known = await findKnown(tx, record);
      const departmentId =
        known?.departmentId ?? (await findOrAddDepartment(tx, { name: textOf(record, 'department') ?? '' })).id;
      const supplier = textOf(record, 'supplier');
      const supplierId = supplier === undefined ? undefined : (await findOrAddSupplier(tx, { name: supplier })).id;
      const title = textOf(record, 'title') ?? '';
      const said = { ...valuesOf(record), supplierId };
      const { id: contractId, outcome } = await saveContract(
        tx,
        known === undefined
          ? { ...said, departmentId, title, usualCurrency: currency }
          : { ...news(known, said), id: known.id, departmentId, title },
        source,
      );
      const system = textOf(record, 'system');
      if (system !== undefined && outcome === 'added') {
        const saved = await saveSystem(tx, { departmentId, name: system, currency }, source);
        await shareContract(tx, { contractId, partId: await applicationOf(tx, saved.id), shareBasisPoints: 10_000 });
      }
      return outcome === 'unchanged' ? 'same' : outcome;
    },
  };
}

/** The contract of a row that was taken out of this estate and brings its number back. */
async function findKnown(tx: Tx, record: ImportRecord): Promise<Contract | undefined> {
  const id = textOf(record, 'commonholdId');
  return id === undefined || !isId(id) ? undefined : (await listContracts(tx, [id]))[0];
}

function valuesOf(record: ImportRecord): Omit<ContractValues, 'departmentId' | 'title' | 'supplierId'> {
  return {
    reference: textOf(record, 'reference'),
    kind: choiceOf(record, 'kind', contractKinds),
    framework: textOf(record, 'framework'),
    lot: textOf(record, 'lot'),
    value: amountOf(record, 'value', 'The value'),
    yearlyCost: amountOf(record, 'yearlyCost', 'The cost a year'),
    startsOn: textOf(record, 'startsOn'),
    endsOn: textOf(record, 'endsOn'),
    notice: noticeOf(record),
    renewalMonths: renewalOf(record),
    extensions: extensionsOf(record),
    terminationFee: amountOf(record, 'terminationFee', 'The termination fee'),
    noticeGivenOn: textOf(record, 'noticeGivenOn'),
    stoppedOn: textOf(record, 'stoppedOn'),
  };
}

/** The part of a system that a contract pays for where nothing else is said. */
async function applicationOf(tx: Tx, systemId: string): Promise<string> {
  const part = (await listParts(tx, [systemId])).find((each) => each.kind === 'application');
  if (part === undefined) throw new Error('A system has an application.');
  return part.id;
}

const kindWords: Record<ContractKind, readonly string[]> = {
  'service provision': ['service', 'services', 'managed service', 'outsourcing', 'bpo'],
  integration: ['systems integration', 'si', 'development', 'consultancy', 'implementation'],
  hosting: ['cloud', 'iaas', 'data centre', 'hosting services'],
  licence: ['licences', 'license', 'software', 'software licence', 'saas', 'subscription'],
  network: ['networks', 'telecoms', 'telecommunications', 'connectivity', 'wan', 'voice'],
  devices: ['hardware', 'equipment', 'end user devices', 'laptops', 'print'],
  support: ['maintenance', 'support and maintenance', 'helpdesk', 'service desk'],
};

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
    alsoCalled: ['organisation', 'buyer', 'contracting authority', 'customer', 'directorate', 'agency', 'ministry'],
  },
  {
    name: 'title',
    label: 'Title',
    kind: 'text',
    required: true,
    alsoCalled: ['contract title', 'contract name', 'contract', 'name', 'description', 'subject'],
  },
  {
    name: 'supplier',
    label: 'Supplier',
    kind: 'text',
    alsoCalled: ['supplier name', 'vendor', 'contractor', 'provider', 'company'],
  },
  {
    name: 'reference',
    label: 'Reference',
    kind: 'text',
    alsoCalled: ['contract id', 'contract number', 'contract reference', 'id', 'po number'],
  },
  {
    name: 'kind',
    label: 'Kind',
    kind: 'choice',
    choices: kindWords,
    alsoCalled: ['contract type', 'type', 'category'],
  },
  {
    name: 'startsOn',
    label: 'First day',
    kind: 'day',
    alsoCalled: ['start date', 'start', 'commencement date', 'from', 'contract start'],
  },
  {
    name: 'endsOn',
    label: 'Last day',
    kind: 'day',
    alsoCalled: ['end date', 'end', 'expiry date', 'expires', 'to', 'contract end', 'expiry'],
  },
  {
    name: 'notice',
    label: 'Notice period',
    kind: 'text',
    hint: 'Such as 3 months or 90 days; a number alone counts as months up to 12, and as days above.',
    alsoCalled: ['notice', 'notice period months', 'notice period days', 'termination notice'],
  },
  {
    name: 'renews',
    label: 'Renews by itself',
    kind: 'yes or no',
    alsoCalled: ['auto renew', 'tacit renewal', 'automatic renewal', 'auto renewal', 'evergreen'],
  },
  {
    name: 'renewalMonths',
    label: 'Months of each renewal',
    kind: 'whole number',
    alsoCalled: ['renewal term', 'renewal months', 'renewal period'],
  },
  {
    name: 'extensions',
    label: 'Options to extend',
    kind: 'text',
    hint: 'Such as 1+1 or 2 x 12 months.',
    alsoCalled: ['extension', 'extension options', 'extensions', 'extension period', 'options'],
  },
  {
    name: 'value',
    label: 'Value of the whole term',
    kind: 'amount',
    alsoCalled: ['contract value', 'total value', 'value', 'total contract value', 'tcv', 'lifetime value'],
  },
  {
    name: 'yearlyCost',
    label: 'Cost a year',
    kind: 'amount',
    alsoCalled: ['annual value', 'annual cost', 'yearly cost', 'acv', 'cost per year', 'annual spend'],
  },
  {
    name: 'terminationFee',
    label: 'Fee for ending it early',
    kind: 'amount',
    alsoCalled: ['termination fee', 'exit fee', 'break fee', 'exit cost'],
  },
  {
    name: 'noticeGivenOn',
    label: 'Day on which notice was given',
    kind: 'day',
    alsoCalled: ['notice given on', 'notice given', 'notice served'],
  },
  {
    name: 'stoppedOn',
    label: 'Last day, where it was ended early',
    kind: 'day',
    alsoCalled: ['stopped on', 'terminated on', 'termination date'],
  },
  { name: 'framework', label: 'Framework', kind: 'text', alsoCalled: ['framework agreement', 'procurement route'] },
  { name: 'lot', label: 'Lot', kind: 'text', alsoCalled: ['lot number'] },
  {
    name: 'system',
    label: 'System bought under it',
    kind: 'text',
    alsoCalled: ['system', 'application', 'system name', 'service supported'],
  },
];

function noticeOf(record: ImportRecord): Period | undefined {
  const text = textOf(record, 'notice');
  if (text === undefined) return undefined;
  const found = /^(\d{1,4})\s*(days?|weeks?|months?|mths?|years?)?\.?$/i.exec(text.trim());
  if (found === null)
    throw new RowProblem(
      `Notice period: cannot read "${text.slice(0, 40)}". Write it like 3 months or 90 days.`,
      'notice',
    );
  const count = Number(found[1]);
  const unit = (found[2] ?? (count > 12 ? 'days' : 'months')).toLowerCase();
  if (unit.startsWith('d')) return { count, unit: 'days' };
  if (unit.startsWith('w')) return { count: count * 7, unit: 'days' };
  return { count: unit.startsWith('y') ? count * 12 : count, unit: 'months' };
}

/** By how many months it renews by itself: a year where nobody says how long, 0 where it does not, undefined where nobody says whether. */
function renewalOf(record: ImportRecord): number | undefined {
  const months = record['renewalMonths'];
  if (typeof months === 'number') {
    if (months < 0 || months > 120)
      throw new RowProblem('Months of each renewal: write a number from 0 to 120.', 'renewalMonths');
    return record['renews'] === false ? 0 : months;
  }
  if (record['renews'] === undefined) return undefined;
  return record['renews'] === true ? 12 : 0;
}

function extensionsOf(record: ImportRecord): ExtensionOption[] | undefined {
  const text = textOf(record, 'extensions');
  if (text === undefined) return undefined;
  const options = readExtensionText(text);
  if (options !== undefined) return options;
  const months = readExtensions(text);
  if (months === undefined) {
    throw new RowProblem(
      `Options to extend: cannot read "${text.slice(0, 40)}". Write them like 1+1 or 2 x 12 months.`,
      'extensions',
    );
  }
  return months.map(asOption);
}

/** An option of which only the length is known: at the same price, to be taken as the notice period says. */
export function asOption(months: number): ExtensionOption {
  return { months, upliftBasisPoints: 0, decideBy: null, likeForLike: null, takenOn: null };
}
