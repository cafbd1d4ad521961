import { test } from 'node:test';
import { killWhileTakingIn } from '../testing/bulk-trial.ts';
import { trialKey } from '../testing/hand-over-trial.ts';
import { createPlace } from '../testing/running-program.ts';

// The long form, with 100,000 recipients, is bulk-intake.long.ts.
const place = await createPlace({ ENCRYPTION_KEYS: trialKey });

test('each of many recipients in one call is one message, when the program is killed', async (t) => {
  await killWhileTakingIn(t, place, { rows: 3000, kills: 2 });
});
