import { test } from 'node:test';
import { killWhileTakingIn } from '../testing/bulk-trial.ts';
import { trialKey } from '../testing/hand-over-trial.ts';
import { createPlace } from '../testing/running-program.ts';

// The short form is bulk-intake.test.ts.
const place = await createPlace({ ENCRYPTION_KEYS: trialKey });

test('each of 100,000 recipients in one call is one message, when the program is killed', async (t) => {
  await killWhileTakingIn(t, place, { rows: 100_000, kills: 12 });
});
