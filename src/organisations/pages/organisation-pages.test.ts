import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestProgram } from '../../../testing/program.ts';

const program = await startTestProgram();

/** The role of a person of the demonstration, and where it is ended. */
async function roleOf(name: string): Promise<{ id: string; address: string }> {
  const [row] = await program.ask<{ id: string; organisation_id: string }>(
    `select r.id, r.organisation_id from organisations.roles r
       join organisations.people p on p.organisation_id = r.organisation_id and p.id = r.person_id
      where p.name = $1 order by r.given_at, r.id`,
    [name],
  );
  assert.ok(row);
  return { id: row.id, address: `/staff/organisations/${row.organisation_id}/roles/${row.id}/end` };
}

async function hasEnded(id: string): Promise<boolean> {
  const [row] = await program.ask<{ ended: boolean }>(
    'select ended_at is not null as ended from organisations.roles where id = $1',
    [id],
  );
  return row?.ended ?? false;
}

test('nobody ends a role that they could not give', async () => {
  const leader = await roleOf('Petra Lindqvist');
  const caseworker = await roleOf('Edith Brandt');
  await program.ask(
    `insert into organisations.roles (organisation_id, id, person_id, role, given_by)
     select organisation_id, gen_random_uuid(), id, 'service manager', 'test' from organisations.people where name = 'Rufus Amani'`,
  );
  const manager = await program.signIn('Rufus Amani');
  assert.equal((await manager.post(leader.address)).status, 403);
  assert.equal(await hasEnded(leader.id), false);
  assert.equal((await manager.post(caseworker.address)).status, 303);
  assert.equal(await hasEnded(caseworker.id), true);
  const operator = await program.signIn('Oriel Tandy');
  assert.equal((await operator.post(leader.address)).status, 303);
  assert.equal(await hasEnded(leader.id), true);
});
