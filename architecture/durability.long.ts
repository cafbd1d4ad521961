import { test } from 'node:test';
import { killWhilePeopleClaim } from '../testing/claims-trial.ts';
import { killWhilePeopleApply } from '../testing/durability.ts';
import { createPlace } from '../testing/running-program.ts';

const place = await createPlace();
let program = await place.start();

test('no application is lost or doubled when the program is killed twelve times while people apply', async (t) => {
  program = await killWhilePeopleApply(t, place, program, { applications: 200, kills: 12, victim: 'program' });
});

test('no application is lost or doubled when the database is killed twelve times while people apply', async (t) => {
  program = await killWhilePeopleApply(t, place, program, { applications: 200, kills: 12, victim: 'database' });
});

test('no answer, file or saved claim is lost or doubled when the program is killed twelve times while people upload and save', async (t) => {
  program = await killWhilePeopleClaim(t, place, program, { applications: 80, kills: 12, victim: 'program' });
});

test('no answer, file or saved claim is lost or doubled when the database is killed twelve times while people upload and save', async (t) => {
  program = await killWhilePeopleClaim(t, place, program, { applications: 80, kills: 12, victim: 'database' });
});
