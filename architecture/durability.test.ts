import { test } from 'node:test';
import { killWhilePeopleClaim } from '../testing/claims-trial.ts';
import { killWhilePeopleApply } from '../testing/durability.ts';
import { createPlace } from '../testing/running-program.ts';

// The long form, with more of everything, is durability.long.ts.
const place = await createPlace();
let program = await place.start();

test('no application is lost or doubled when the program is killed while people apply', async (t) => {
  program = await killWhilePeopleApply(t, place, program, { applications: 40, kills: 3, victim: 'program' });
});

test('no application is lost or doubled when the database is killed while people apply', async (t) => {
  program = await killWhilePeopleApply(t, place, program, { applications: 40, kills: 3, victim: 'database' });
});

test('no answer, file or saved claim is lost or doubled when the program is killed while people upload and save', async (t) => {
  program = await killWhilePeopleClaim(t, place, program, { applications: 12, kills: 3, victim: 'program' });
});
