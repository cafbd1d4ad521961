import { Compile } from 'typebox/compile';
import { Type } from 'typebox';
import { isDay, Problem, recordAudit, type Tx } from '#platform';
import { contractKinds } from '../contracts/contracts.ts';
import { estateTables } from '../database.ts';
import { whoSays } from '../statements.ts';
import { approvalSubjects, ruleWords, type RulePack } from './packs.ts';
import { unitedKingdomPacks } from './united-kingdom-packs.ts';

const each = {
  key: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' }),
  words: Type.String({ minLength: 1 }),
  source: Type.Optional(Type.String({ minLength: 1 })),
  applies: Type.Boolean(),
};
const amount = Type.Integer({ minimum: 0 });
const closed = { additionalProperties: false };
const packSchema = Type.Object(
  {
    key: each.key,
    name: Type.String({ minLength: 1 }),
    source: Type.String({ minLength: 1 }),
    from: Type.String(),
    until: Type.Union([Type.String(), Type.Null()]),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    addsUp: Type.Boolean(),
    approver: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    approvalMonths: Type.Optional(Type.Integer({ minimum: 0, maximum: 36 })),
    rules: Type.Array(
      Type.Union([
        Type.Object(
          { ...each, kind: Type.Literal('approval'), about: Type.Enum(approvalSubjects), threshold: amount },
          closed,
        ),
        Type.Object({ ...each, kind: Type.Literal('value limit'), threshold: amount }, closed),
        Type.Object({ ...each, kind: Type.Literal('no automatic extension') }, closed),
        Type.Object({ ...each, kind: Type.Literal('no like-for-like extension') }, closed),
        Type.Object(
          {
            ...each,
            kind: Type.Literal('term limit'),
            contractKind: Type.Enum(contractKinds),
            months: Type.Integer({ minimum: 1 }),
          },
          closed,
        ),
        Type.Object(
          {
            ...each,
            kind: Type.Literal('separate roles'),
            roles: Type.Tuple([Type.Enum(contractKinds), Type.Enum(contractKinds)]),
          },
          closed,
        ),
      ]),
    ),
  },
  closed,
);
const validator = Compile(packSchema);

/** The packs of rules: what the program brings, with what this government changed and added. Newest first. */
export async function listRulePacks(tx: Tx): Promise<RulePack[]> {
  const rows = await estateTables(tx)
    .selectFrom('rule_packs')
    .select(['key', 'definition'])
    .where('organisation_id', '=', tx.organisationId)
    .execute();
  const own = rows.map((row) => readPack(row.definition));
  const brought = unitedKingdomPacks.filter((pack) => !own.some((other) => other.key === pack.key));
  return [...brought, ...own]
    .map((pack) => ({ ...pack, rules: pack.rules.map((rule) => ({ ...rule, words: ruleWords(rule) })) }))
    .toSorted((one, other) => (one.from < other.from ? 1 : -1));
}

/**
 * The pack in force on a day: of several, the one that came into force last, so that a local pack goes before the one it
 * was copied from. Null where none is.
 */
export function packOn(packs: readonly RulePack[], day: string): RulePack | null {
  return packs
    .filter((pack) => pack.from <= day && (pack.until === null || pack.until >= day))
    .reduce<RulePack | null>((one, other) => (one === null || other.from > one.from ? other : one), null);
}

/** Keeps a pack: a local one, or a changed one in place of what the program brings. @throws Problem unprocessable */
export async function saveRulePack(tx: Tx, pack: RulePack): Promise<void> {
  const checked = readPack(pack);
  for (const day of [checked.from, checked.until ?? checked.from]) {
    if (!isDay(day))
      throw new Problem('unprocessable', { message: `"${day}" is no day. Use a real date, such as 2014-01-24.` });
  }
  if (checked.until !== null && checked.until < checked.from) {
    throw new Problem('unprocessable', { message: 'The rules end before they begin. Correct one of the two days.' });
  }
  const columns = {
    definition: JSON.stringify(checked),
    changed_at: new Date().toISOString(),
    changed_by: whoSays(tx),
  };
  await estateTables(tx)
    .insertInto('rule_packs')
    .values({ organisation_id: tx.organisationId, key: checked.key, ...columns })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'key']).doUpdateSet(columns))
    .execute();
  await recordAudit(tx, { action: 'estate.rules-saved', subject: { kind: 'rules', name: checked.name } });
}

/** @throws Problem unprocessable where it is no pack of rules */
function readPack(value: unknown): RulePack {
  if (validator.Check(value)) return value;
  const [first] = validator.Errors(value);
  throw new Problem('unprocessable', {
    message: `This is no pack of rules: ${first === undefined ? 'something is missing' : `${first.instancePath || 'the pack'} ${first.message}`}.`,
  });
}
