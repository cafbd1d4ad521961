import { test } from 'node:test';
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
