import { Type } from 'typebox';
import { formatDate } from '#design';
import { isId, personOf, Problem, type Server, type Tx } from '#platform';
import { contractChoices } from '../contracts/contract-dates.ts';
import { shareContract } from '../contracts/contract-shares.ts';
import {
  contractKinds,
  getContract,
  saveContract,
  termsOf,
  type Contract,
  type ContractValues,
} from '../contracts/contracts.ts';
import { lifetimeCost, rulesOnChoice } from '../rules/breaches.ts';
import { listSuggestions } from '../needs/suggestions.ts';
import { listChanges } from '../statements.ts';
import { findOrAddSupplier } from '../suppliers/suppliers.ts';
import { getSystem } from '../systems/systems.ts';
import { readEstate } from '../whole-estate.ts';
import { drawForm, readSent } from './asked.ts';
import { isOptions, optionWords, type Answer, type FormField } from './form-fields.ts';
import { historyItems, saySourceOnce } from './history-words.ts';
import { pageOf } from './pages-of-a-list.ts';
import { body, field, ofContract, openEstate, params, places, type EstatePages } from './places.ts';
import { saidBy } from './system-pages.ts';
import { decisionWords, exactMoney, periodWords, plural, renewalWords, shortMoney } from './words.ts';

const contractForm: readonly FormField[] = [
  { name: 'title', label: 'What is bought', kind: 'text' },
  { name: 'supplier', label: 'Supplier', kind: 'text' },
  { name: 'reference', label: 'Reference', kind: 'text' },
  {
    name: 'kind',
    label: 'Kind',
    kind: 'choice',
    choices: contractKinds.map((kind) => [kind, kind.charAt(0).toUpperCase() + kind.slice(1)]),
  },
  { name: 'framework', label: 'Framework', kind: 'text' },
  { name: 'lot', label: 'Lot', kind: 'text' },
  { name: 'value', label: 'Value of the whole first term', kind: 'money' },
  { name: 'yearlyCost', label: 'Cost a year', kind: 'money' },
  { name: 'startsOn', label: 'First day', kind: 'day' },
  { name: 'endsOn', label: 'Last day of the first term', kind: 'day', hint: 'Before any extension or renewal' },
  { name: 'notice', label: 'Notice period', kind: 'period', hint: 'Such as 90 days or 3 months; empty for none' },
  { name: 'renewalMonths', label: 'Renews by itself by how many months', kind: 'whole', hint: '0 where it does not' },
  {
    name: 'extensions',
    label: 'Options to extend',
    kind: 'extensions',
    hint: 'One a line, in order: 12 months, 3% more, by 2027-01-15, same terms, taken 2026-03-01',
  },
  { name: 'terminationFee', label: 'Fee to end it early', kind: 'money' },
  { name: 'noticeGivenOn', label: 'Notice was given on', kind: 'day' },
  { name: 'stoppedOn', label: 'Ended early on', kind: 'day' },
];

/** Contracts, of which the list leads with the day by which each must be decided. */
export function addContractPages(server: Server, pages: EstatePages): void {
  const today = (): string => pages.calendar.today();
  for (const place of places) {
    server.get(
      `${place.path}/contracts`,
      { config: place.reading, schema: { params, querystring: Type.Object({ q: field, show: field, page: field }) } },
      async (request, reply) => {
        const asAt = today();
        const { standing, estate } = await openEstate(
          pages,
          request,
          place,
          { current: '/contracts' },
          async (tx, open) => ({
            standing: open,
            estate: await readEstate(tx, asAt),
          }),
        );
        const { q = '', show = 'to-decide' } = request.query;
        const words = q
          .toLowerCase()
          .split(/\s+/)
          .filter((word) => word !== '');
        const broken = new Set(
          estate.breaches.filter((breach) => breach.kind === 'breach').flatMap((breach) => breach.contractIds),
        );
        const contracts = estate.contracts
          .filter((contract) => {
            const text =
              `${contract.title} ${contract.supplierName ?? ''} ${contract.reference ?? ''} ${contract.departmentName}`.toLowerCase();
            return words.every((word) => text.includes(word));
          })
          .filter(
            (contract) =>
              show === 'all' ||
              (show === 'unknown'
                ? contract.dates === null
                : contract.dates?.decision !== null && contract.dates?.state !== 'ended' && contract.dates !== null),
          )
          .toSorted((one, other) =>
            (one.dates?.decision?.by ?? '9999').localeCompare(other.dates?.decision?.by ?? '9999'),
          );
        const length = 50;
        const number = pageOf(request.query.page, contracts.length, length);
        const address = (page: number): string =>
          `${standing.base}/contracts?${new URLSearchParams({ q, show, page: String(page) }).toString()}`;
        return reply.page('estate/contracts', {
          title: 'Contracts',
          ...standing.frame,
          mayEdit: standing.mayEdit,
          isEmpty: estate.contracts.length === 0,
          q,
          shows: [
            ['to-decide', 'To be decided'],
            ['unknown', 'End not known'],
            ['all', 'All'],
          ].map(([value = '', text = '']) => ({ value, text, selected: value === show })),
          summary: `${plural(contracts.length, 'contract')}, the first to decide first`,
          list: {
            caption: 'Contracts',
            captionHidden: true,
            head: [
              { text: 'Contract' },
              { text: 'Decide by' },
              { text: 'What' },
              ...(standing.place === 'government' ? [{ text: 'Department' }] : []),
              { text: 'Cost a year', format: 'numeric' as const },
            ],
            rows: contracts.slice((number - 1) * length, number * length).map((contract) => {
              const by = contract.dates?.decision?.by;
              return [
                {
                  text: contract.title,
                  href: `${standing.base}/contracts/${contract.id}`,
                  hint: `${broken.has(contract.id) ? '▲ Breaks a rule. ' : ''}${contract.supplierName ?? 'Supplier not known'}`,
                },
                {
                  text: by === undefined ? 'Nothing to decide' : formatDate(by),
                  ...(by !== undefined && by < asAt ? { hint: 'Overdue' } : {}),
                },
                { text: decisionWords(contract.dates) },
                ...(standing.place === 'government' ? [{ text: contract.departmentName }] : []),
                {
                  text: contract.yearlyCost === null ? 'Not known' : shortMoney(contract.yearlyCost, contract.currency),
                },
              ];
            }),
          },
          previous: number > 1 ? address(number - 1) : undefined,
          next: number * length < contracts.length ? address(number + 1) : undefined,
        });
      },
    );

    server.get(
      `${place.path}/contracts/new`,
      { config: place.editing, schema: { params, querystring: Type.Object({ system: field }) } },
      async (request, reply) => {
        const { system: systemId = '' } = request.query;
        if (!isId(systemId))
          throw new Problem('not-found', { message: 'Open a system first, and add its contract there.' });
        const { standing, system } = await openEstate(
          pages,
          request,
          place,
          { current: '/contracts' },
          async (tx, open) => ({
            standing: open,
            system: await getSystem(tx, systemId),
          }),
        );
        return reply.page('estate/form', {
          title: 'Add a contract',
          ...standing.frame,
          heading: `Add a contract for ${system.name}`,
          action: `${standing.base}/contracts?system=${systemId}`,
          form: drawForm(contractForm, {}),
          submit: 'Add the contract',
        });
      },
    );

    server.post(
      `${place.path}/contracts`,
      { config: place.editing, schema: { params, body, querystring: Type.Object({ system: field }) } },
      async (request, reply) => {
        const { system: systemId = '' } = request.query;
        const answer = await openEstate(pages, request, place, { current: '/contracts' }, async (tx, standing) => {
          if (!isId(systemId))
            throw new Problem('unprocessable', { message: 'Open a system first, and add its contract there.' });
          const system = await getSystem(tx, systemId);
          const { said, errors } = readSent(contractForm, request.body, {}, 'changes');
          if (typeof said['title'] !== 'string') errors.unshift({ href: '#title', text: 'Enter what is bought' });
          if (errors.length > 0) return { standing, errors, system, address: '' };
          const values = await valuesOf(tx, said);
          const source = saidBy(personOf(request).name, today(), 'added it here');
          const { id } = await saveContract(
            tx,
            {
              ...values,
              departmentId: system.departmentId,
              title: textOf(said['title']),
              usualCurrency: pages.currency,
            },
            source,
          );
          const [part] = system.parts;
          if (part !== undefined)
            await shareContract(tx, { contractId: id, partId: part.id, shareBasisPoints: 10_000 });
          return { standing, errors, system, address: `${standing.base}/contracts/${id}?done=saved` };
        });
        if (answer.address !== '') return reply.redirect(answer.address, 303);
        return reply.code(422).page('estate/form', {
          title: 'Add a contract',
          ...answer.standing.frame,
          heading: `Add a contract for ${answer.system.name}`,
          action: `${answer.standing.base}/contracts?system=${systemId}`,
          errors: answer.errors,
          form: drawForm(contractForm, {}, { body: request.body, errors: answer.errors }),
          submit: 'Add the contract',
        });
      },
    );

    server.get(
      `${place.path}/contracts/:contractId`,
      { config: place.reading, schema: { params: ofContract, querystring: Type.Object({ done: field }) } },
      async (request, reply) => {
        const asAt = today();
        const { contractId } = request.params;
        const found = await openEstate(pages, request, place, { current: '/contracts' }, async (tx, standing) => {
          const estate = await readEstate(tx, asAt);
          const contract = estate.contracts.find((each) => each.id === contractId);
          if (contract === undefined) throw new Problem('not-found');
          return {
            standing,
            estate,
            contract,
            changes: await listChanges(tx, [contractId], 60),
            suggestions: await listSuggestions(tx, { subjectId: contractId }),
          };
        });
        const { standing, contract, estate } = found;
        const terms = termsOf(contract);
        const until = `${Number(asAt.slice(0, 4)) + 5}${asAt.slice(4)}`;
        const choices = terms === null ? [] : contractChoices(terms, { asAt, until });
        const { dates } = contract;
        const decision = dates?.decision ?? null;
        return reply.page('estate/contract', {
          title: contract.title,
          ...standing.frame,
          notice: request.query.done === undefined ? undefined : { type: 'success', heading: 'What you said was kept' },
          mayEdit: standing.mayEdit,
          contract,
          address: `${standing.base}/contracts/${contract.id}`,
          decideBy: decision === null ? 'Nothing to decide' : formatDate(decision.by),
          isLate: decision !== null && decision.by < asAt,
          decision: decisionWords(dates),
          missed: dates?.missed === null || dates === null ? null : formatDate(dates.missed),
          ends: dates === null ? 'Not known' : formatDate(dates.endsOn),
          lifetime: exactMoney(lifetimeCost(contract), contract.currency),
          known: saySourceOnce(rowsOf(contract)),
          choices: choices.map((choice) => ({
            ends: formatDate(choice.endsOn),
            how:
              choice.how === 'lapse'
                ? 'Let it end'
                : choice.how === 'extend'
                  ? `Take ${plural(choice.steps, 'extension')}`
                  : `Let it renew ${choice.steps === 1 ? 'once' : `${choice.steps} times`}`,
            by: choice.decideBy === null ? 'Nothing to do' : formatDate(choice.decideBy),
            uplift: choice.terms.length === 0 ? '' : `${(choice.terms.at(-1)?.upliftBasisPoints ?? 0) / 100}% dearer`,
            rules:
              estate.pack === null
                ? []
                : rulesOnChoice(estate.pack, contract, choice).map(({ rule, reason }) => `${rule.words}: ${reason}`),
          })),
          breaches: estate.breaches.filter((breach) => breach.contractIds.includes(contract.id)),
          systems: estate.systems
            .filter((system) => system.contractIds.includes(contract.id))
            .map((system) => ({
              name: system.name,
              href: `${standing.base}/systems/${system.id}`,
              parts: system.parts
                .flatMap((part) => {
                  const share = estate.shares.find(
                    (each) => each.contractId === contract.id && each.partId === part.id,
                  );
                  return share === undefined ? [] : [`${part.kind} (${share.shareBasisPoints / 100}%)`];
                })
                .join(', '),
            })),
          suggestions: found.suggestions,
          history: historyItems(found.changes, { timeZone: pages.calendar.timeZone }),
        });
      },
    );

    server.get(
      `${place.path}/contracts/:contractId/edit`,
      { config: place.editing, schema: { params: ofContract } },
      async (request, reply) => {
        const { standing, contract } = await openEstate(
          pages,
          request,
          place,
          { current: '/contracts' },
          async (tx, open) => ({
            standing: open,
            contract: await getContract(tx, request.params.contractId),
          }),
        );
        return reply.page('estate/form', {
          title: `Change ${contract.title}`,
          ...standing.frame,
          heading: `Change ${contract.title}`,
          lead: 'What you change is kept as said by you today.',
          action: `${standing.base}/contracts/${contract.id}`,
          form: drawForm(contractForm, knownOf(contract)),
          submit: 'Keep the changes',
        });
      },
    );

    server.post(
      `${place.path}/contracts/:contractId`,
      { config: place.editing, schema: { params: ofContract, body } },
      async (request, reply) => {
        const answer = await openEstate(pages, request, place, { current: '/contracts' }, async (tx, standing) => {
          const contract = await getContract(tx, request.params.contractId);
          const { said, errors } = readSent(contractForm, request.body, knownOf(contract), 'changes');
          if (said['title'] === null) errors.unshift({ href: '#title', text: 'Enter what is bought' });
          if (errors.length === 0) {
            try {
              await saveContract(
                tx,
                {
                  ...(await valuesOf(tx, said)),
                  id: contract.id,
                  departmentId: contract.departmentId,
                  title: typeof said['title'] === 'string' ? said['title'] : contract.title,
                },
                saidBy(personOf(request).name, today(), 'changed it here'),
              );
            } catch (error) {
              // It was refused before anything was written.
              if (!(error instanceof Problem) || error.kind !== 'unprocessable') throw error;
              errors.push({ href: '#title', text: error.message });
            }
          }
          return { standing, contract, errors };
        });
        const address = `${answer.standing.base}/contracts/${answer.contract.id}`;
        if (answer.errors.length === 0) return reply.redirect(`${address}?done=saved`, 303);
        return reply.code(422).page('estate/form', {
          title: `Change ${answer.contract.title}`,
          ...answer.standing.frame,
          heading: `Change ${answer.contract.title}`,
          action: address,
          errors: answer.errors,
          form: drawForm(contractForm, knownOf(answer.contract), { body: request.body, errors: answer.errors }),
          submit: 'Keep the changes',
        });
      },
    );
  }
}

function rowsOf(contract: Contract) {
  const stated = (name: string): string | null => {
    const last = contract.stated[name];
    return last === undefined ? null : `As of ${formatDate(last.on)}, by ${last.by} (${last.source})`;
  };
  const day = (value: string | null): string => (value === null ? 'Not known' : formatDate(value));
  return [
    ['Supplier', contract.supplierName ?? 'Not known', 'supplierId'],
    ['Reference', contract.reference ?? 'None', 'reference'],
    [
      'Kind',
      contract.kind === null ? 'Not known' : contract.kind.charAt(0).toUpperCase() + contract.kind.slice(1),
      'kind',
    ],
    [
      'Framework and lot',
      [contract.framework, contract.lot].filter((each) => each !== null).join(', ') || 'None',
      'framework',
    ],
    ['Value of the first term', exactMoney(contract.value, contract.currency), 'value'],
    ['Cost a year', exactMoney(contract.yearlyCost, contract.currency), 'yearlyCost'],
    ['First day', day(contract.startsOn), 'startsOn'],
    ['Last day of the first term', day(contract.endsOn), 'endsOn'],
    ['Notice', periodWords(contract.notice), 'notice'],
    ['Renewal', renewalWords(contract), 'renewalMonths'],
    [
      'Options to extend',
      contract.extensions.length === 0 ? 'None' : contract.extensions.map(optionWords).join('; '),
      'extensions',
    ],
    ['Fee to end it early', exactMoney(contract.terminationFee, contract.currency), 'terminationFee'],
  ].map(([label, value, name = '']) => ({ label, value, stated: stated(name) }));
}

function knownOf(contract: Contract): Record<string, Answer> {
  return {
    title: contract.title,
    supplier: contract.supplierName,
    reference: contract.reference,
    kind: contract.kind,
    framework: contract.framework,
    lot: contract.lot,
    value: contract.value,
    yearlyCost: contract.yearlyCost,
    startsOn: contract.startsOn,
    endsOn: contract.endsOn,
    notice: contract.notice,
    renewalMonths: contract.renewalMonths,
    extensions: contract.extensions,
    terminationFee: contract.terminationFee,
    noticeGivenOn: contract.noticeGivenOn,
    stoppedOn: contract.stoppedOn,
  };
}

/** What was answered, as `saveContract` takes it; a supplier that is new is added. */
async function valuesOf(
  tx: Tx,
  said: Readonly<Record<string, Answer>>,
): Promise<Omit<ContractValues, 'departmentId' | 'title'>> {
  const text = (name: string): string | null => {
    const value = said[name];
    return typeof value === 'string' ? value : null;
  };
  const number = (name: string): number | null => {
    const value = said[name];
    return typeof value === 'number' ? value : null;
  };
  const has = (name: string): boolean => Object.hasOwn(said, name);
  const { notice, extensions, supplier } = said;
  return {
    ...(supplier === undefined
      ? {}
      : { supplierId: typeof supplier === 'string' ? (await findOrAddSupplier(tx, { name: supplier })).id : null }),
    ...(has('reference') ? { reference: text('reference') } : {}),
    ...(has('kind') ? { kind: contractKinds.find((kind) => kind === text('kind')) ?? null } : {}),
    ...(has('framework') ? { framework: text('framework') } : {}),
    ...(has('lot') ? { lot: text('lot') } : {}),
    ...(has('value') ? { value: number('value') } : {}),
    ...(has('yearlyCost') ? { yearlyCost: number('yearlyCost') } : {}),
    ...(has('startsOn') ? { startsOn: text('startsOn') } : {}),
    ...(has('endsOn') ? { endsOn: text('endsOn') } : {}),
    ...(notice === undefined
      ? {}
      : { notice: typeof notice === 'object' && notice !== null && 'unit' in notice ? notice : null }),
    ...(has('renewalMonths') ? { renewalMonths: number('renewalMonths') } : {}),
    ...(extensions !== undefined && isOptions(extensions) ? { extensions } : {}),
    ...(has('terminationFee') ? { terminationFee: number('terminationFee') } : {}),
    ...(has('noticeGivenOn') ? { noticeGivenOn: text('noticeGivenOn') } : {}),
    ...(has('stoppedOn') ? { stoppedOn: text('stoppedOn') } : {}),
  };
}

function textOf(answer: Answer | undefined): string {
  return typeof answer === 'string' ? answer : '';
}
