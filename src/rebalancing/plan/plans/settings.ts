import { recordAudit, type Tx } from '#platform';
import { keptAs, planTables } from '../database.ts';
import type { RuleTreatments } from '../estate/spending-rules.ts';
import { usualSettings, type PlanSettings } from '../estate/estate-problem.ts';

/** What is set for plans, or what is usual; a plan usually starts with the quarter after today. */
export async function readPlanSettings(tx: Tx, today: string): Promise<PlanSettings> {
  const row = await planTables(tx)
    .selectFrom('settings')
    .selectAll()
    .where('organisation_id', '=', tx.organisationId)
    .executeTakeFirst();
  if (row === undefined) return { ...usualSettings, startsOn: nextQuarter(today) };
  return {
    startsOn: row.starts_on,
    quarters: row.quarters,
    discountRate: row.discount_rate,
    mayTerminate: row.may_terminate,
    departmentWeeks: row.department_weeks,
    teamWeeks: row.team_weeks,
    yearlyBudget: row.yearly_budget,
    rules: keptAs<RuleTreatments>(row.rules),
  };
}

/** Keeps what is set for plans. Plans that have been looked for or adopted stay as they are. */
export async function savePlanSettings(tx: Tx, settings: PlanSettings, by: string): Promise<void> {
  const values = {
    starts_on: settings.startsOn,
    quarters: settings.quarters,
    discount_rate: settings.discountRate,
    may_terminate: settings.mayTerminate,
    department_weeks: settings.departmentWeeks,
    team_weeks: settings.teamWeeks,
    yearly_budget: settings.yearlyBudget,
    rules: JSON.stringify(settings.rules),
    changed_by: by,
    changed_at: new Date().toISOString(),
  };
  await planTables(tx)
    .insertInto('settings')
    .values({ organisation_id: tx.organisationId, ...values })
    .onConflict((conflict) => conflict.column('organisation_id').doUpdateSet(values))
    .execute();
  await recordAudit(tx, {
    action: 'plan.settings-saved',
    subject: { kind: 'settings', id: tx.organisationId, name: 'Settings of plans' },
  });
}

/** The first day of the quarter that begins after a day. */
export function nextQuarter(day: string): string {
  const [year = 0, month = 1] = day.split('-').map(Number);
  const next = Math.floor((month - 1) / 3) * 3 + 3;
  return new Date(Date.UTC(year, next, 1)).toISOString().slice(0, 10);
}
