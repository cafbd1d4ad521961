import { addQuarters, daysOf, quarterOf, quartersBetween, type Quarter, type SystemCost } from '#measures';
import { addDays } from '#platform';
import type { ContractShare } from '../contracts/contract-shares.ts';
import type { Contract } from '../contracts/contracts.ts';
import type { Part } from '../systems/parts.ts';
import type { ServedService } from '../systems/served-services.ts';
import type { System } from '../systems/systems.ts';
import { pricedTerms, type YearlyCost } from './part-costs.ts';

/** What is known of a system that serves a service. */
export interface CostedSystem {
  readonly system: System;
  readonly contracts: ReadonlyMap<string, Contract>;
  /** The shares of contracts that each part takes, by the part's id. */
  readonly shares: ReadonlyMap<string, readonly ContractShare[]>;
  readonly costs: ReadonlyMap<string, readonly YearlyCost[]>;
}

/** As far back as a cost is told: six years, which is more than the measures compare. */
const mostQuarters = 24;

/**
 * What a service pays for a system, quarter by quarter up to the one that a day is in: its share of each contract of each
 * part, by the terms that ran, and of what a part costs besides.
 *
 * A quarter is a fourth of a year's cost, and what began or ended within it is counted by days. Until a part moves, what is
 * paid under its contracts is included in its cost and taken off again here; from then on its cost is that of its target,
 * and a contract from before comes on top as long as it runs.
 */
export function costsForService(
  { system, contracts, shares, costs }: CostedSystem,
  served: ServedService,
  today: string,
): SystemCost[] {
  const last = quarterOf(today);
  const first = quarterOf(served.since);
  const earliest = addQuarters(last, 1 - mostQuarters);
  const quarters = quartersBetween(first < earliest ? earliest : first, last);
  const until = daysOf(last).to;
  const serviceShare = served.shareBasisPoints / 10_000;
  const common = {
    serviceOrganisationId: served.serviceOrganisationId,
    serviceId: served.serviceId,
  };
  return system.parts.flatMap((part) => {
    const bought = (shares.get(part.id) ?? []).flatMap(({ contractId, shareBasisPoints }) => {
      const contract = contracts.get(contractId);
      return contract === undefined
        ? []
        : [{ contract, share: shareBasisPoints / 10_000, terms: pricedTerms(contract, until) }];
    });
    return quarters.flatMap((quarter): SystemCost[] => {
      const span = spanOf(quarter, served.since);
      const paid = bought.flatMap(({ contract, share, terms }): SystemCost[] => {
        const running = terms.filter((term) => term.to >= span.from && term.from <= span.to);
        if (running.length === 0) return [];
        const amount = running.reduce(
          (sum, term) => sum + inQuarter(term.amount, quarter, within({ from: term.from, to: term.to }, span)),
          0,
        );
        const isJudged = share < 1 || serviceShare < 1 || contract.yearlyCost === null;
        return [
          {
            ...common,
            contractKey: `${contract.id}/${part.id}/${quarter}`,
            systemName: contract.title.startsWith(system.name) ? contract.title : `${system.name}: ${contract.title}`,
            from: latest(span.from, running[0]?.from ?? span.from),
            to: earliestOf(span.to, running.at(-1)?.to ?? span.to),
            contractAmount: { minorUnits: Math.round(amount), currency: contract.currency },
            share: share * serviceShare,
            quality: isJudged ? 'estimated' : 'measured',
            evidence: [
              `Contract ${contract.reference ?? `“${contract.title}”`}`,
              share < 1 ? `of which the ${part.kind} of ${system.name} takes ${share * 100}%` : null,
              serviceShare < 1 ? `${serviceShare * 100}% of it for this service` : null,
            ]
              .filter((words) => words !== null)
              .join(', '),
          },
        ];
      });
      const beside = besidesContracts(
        part,
        { quarter, span, steps: costs.get(part.id) ?? [], bought },
        system.currency,
      );
      if (Math.round(beside) === 0) return paid;
      return [
        ...paid,
        {
          ...common,
          contractKey: `part/${part.id}/${quarter}`,
          systemName: `${system.name}: ${part.kind}, besides contracts`,
          from: span.from,
          to: span.to,
          contractAmount: { minorUnits: Math.round(beside), currency: system.currency },
          share: serviceShare,
          // A year's cost that was said once, taken to be spread evenly.
          quality: 'estimated',
          evidence: `What the ${part.kind} of ${system.name} is said to cost a year in the map of technology`,
        },
      ];
    });
  });
}

/** What a part costs in a quarter besides what is paid under its contracts. */
function besidesContracts(
  part: Part,
  {
    quarter,
    span,
    steps,
    bought,
  }: {
    quarter: Quarter;
    span: Days;
    steps: readonly YearlyCost[];
    bought: readonly { contract: Contract; share: number; terms: readonly (Days & { amount: number })[] }[];
  },
  currency: string,
): number {
  const { movedOn } = part;
  const included = bought.filter(({ contract }) => contract.currency === currency);
  const breaks = [
    span.from,
    ...steps.map(({ from }) => from),
    ...included.flatMap(({ terms }) => terms.flatMap(({ from, to }) => [from, addDays(to, 1)])),
    ...(movedOn === null ? [] : [movedOn]),
  ].filter((day) => day >= span.from && day <= span.to);
  const days = [...new Set(breaks)].toSorted();
  return days.reduce((sum, from, index) => {
    const next = days[index + 1];
    const to = next === undefined ? span.to : addDays(next, -1);
    const cost = steps.findLast((step) => step.from <= from)?.amount ?? 0;
    const hasMoved = movedOn !== null && movedOn <= from;
    const underContracts = included
      .filter(({ contract }) => !hasMoved || (contract.startsOn ?? '') >= movedOn)
      .reduce((under, { share, terms }) => {
        const term = terms.find((each) => each.from <= from && each.to >= from);
        return under + (term === undefined ? 0 : term.amount * share);
      }, 0);
    return sum + inQuarter(Math.max(0, cost - underContracts), quarter, { from, to });
  }, 0);
}

interface Days {
  readonly from: string;
  readonly to: string;
}

/** The days of a quarter from the one on which the system began to serve. */
function spanOf(quarter: Quarter, since: string): Days {
  const { from, to } = daysOf(quarter);
  return { from: latest(from, since), to };
}

function within(days: Days, span: Days): Days {
  return { from: latest(days.from, span.from), to: earliestOf(days.to, span.to) };
}

/** A year's cost for some days of a quarter, of which the whole has a fourth. */
function inQuarter(yearly: number, quarter: Quarter, days: Days): number {
  const whole = daysOf(quarter);
  return ((yearly / 4) * countDays(days)) / countDays(whole);
}

function countDays({ from, to }: Days): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

function latest(one: string, other: string): string {
  return one > other ? one : other;
}

function earliestOf(one: string, other: string): string {
  return one < other ? one : other;
}
