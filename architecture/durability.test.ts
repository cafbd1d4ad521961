import { test } from 'node:test';
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
