import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Problem } from './problem.ts';

const text = Type.String();
const number = Type.Number();
const series = Type.Array(number);
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const action = Type.Enum(['extend', 'tacit', 'bridge', 'renew'] as const);

const contract = Type.Object({
  id: text,
  name: text,
  supplier: text,
  annualCost: number,
  endsOn: text,
  noticeMonths: number,
  tacitMonths: number,
  extensions: Type.Array(Type.Object({ months: number, uplift: number, decideByMonths: number })),
  bridge: nullable(Type.Object({ mostMonths: number, uplift: number })),
  termination: nullable(Type.Object({ noticeMonths: number, feeShare: number })),
  renewal: Type.Object({
    months: number,
    shorterMonths: Type.Optional(number),
    uplift: number,
    cost: number,
    leadMonths: number,
  }),
  breaches: Type.Array(Type.Object({ action, ruleId: text, option: Type.Optional(number) })),
  ruled: Type.Optional(
    Type.Object({
      kind: nullable(text),
      share: number,
      value: number,
      months: number,
      otherRoles: Type.Array(Type.Object({ id: text, name: text, endsOn: text })),
    }),
  ),
});

const spread = Type.Object({ least: number, likeliest: number, most: number });
const way = Type.Object({
  id: text,
  targetId: text,
  quarters: number,
  dualQuarters: number,
  movingCost: number,
  exitFee: number,
  annualCost: number,
  rampUp: series,
  departmentWork: number,
  teamWork: number,
  range: Type.Optional(Type.Object({ moving: spread, yearly: spread, late: series })),
  contractMonths: Type.Optional(number),
  isBegun: Type.Optional(Type.Literal(true)),
});

const demand = Type.Union([
  Type.Object({ kind: Type.Literal('value limit'), most: number }),
  Type.Object({ kind: Type.Literal('term limit'), contractKind: text, months: number }),
  Type.Object({ kind: Type.Literal('separate roles') }),
  Type.Object({
    kind: Type.Literal('approval'),
    about: text,
    threshold: number,
    addsUp: Type.Boolean(),
    leadMonths: number,
    by: text,
  }),
]);

const shape = Type.Object({
  name: text,
  startsOn: text,
  quarters: number,
  discountRate: number,
  currency: text,
  mayTerminate: Type.Boolean(),
  departments: Type.Array(Type.Object({ id: text, name: text, capacity: series })),
  targets: Type.Array(
    Type.Object({
      id: text,
      name: text,
      kind: Type.Enum(['common component', 'commodity', 'shared service', 'switched off'] as const),
      teamCapacity: nullable(series),
      opening: nullable(Type.Object({ cost: number, quarters: number, earliest: number })),
    }),
  ),
  parts: Type.Array(
    Type.Object({
      id: text,
      name: text,
      systemId: text,
      systemName: text,
      departmentId: text,
      area: Type.Enum(['digital public services', 'mission IT', 'infrastructure', 'back office'] as const),
      need: text,
      needKey: Type.Optional(text),
      subjects: Type.Optional(Type.Array(text)),
      annualCost: number,
      contract: nullable(contract),
      ways: Type.Array(way),
      leaveBy: nullable(number),
    }),
  ),
  precedence: Type.Array(
    Type.Object({ before: text, after: text, lagQuarters: number, ways: nullable(Type.Array(text)), because: text }),
  ),
  budgets: Type.Array(Type.Object({ year: number, most: number })),
  openingsInBudget: Type.Boolean(),
  rules: Type.Array(
    Type.Object({
      id: text,
      title: text,
      treatment: Type.Enum(['honour', 'price'] as const),
      price: number,
      demand: Type.Optional(demand),
      from: Type.Optional(number),
      until: Type.Optional(number),
    }),
  ),
  fixed: Type.Array(
    Type.Object({ partId: text, startQuarter: nullable(number), wayId: nullable(text), because: text }),
  ),
});

/**
 * A problem from JSON text. It may still be one that cannot be planned: see `checkProblem`.
 *
 * @throws Error that says in words where the text is no problem.
 */
export function readProblem(json: string): Problem {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new Error(`The file is not JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.`, {
      cause: error,
    });
  }
  if (Value.Check(shape, value)) return value;
  const wrong = [...Value.Errors(shape, value)].slice(0, 5);
  throw new Error(
    `The file is not a planning problem. ${wrong.map((each) => `${each.instancePath === '' ? 'The whole' : each.instancePath.slice(1)} ${each.message}`).join('. ')}.`,
  );
}
