import { after, test } from 'node:test';
import { killWhileHandingOver, recordEmails, recordTexts, trialKey } from '../testing/hand-over-trial.ts';
import { createPlace } from '../testing/running-program.ts';

// The long form, with more of everything, is hand-over.long.ts.
const [emails, texts] = [await recordEmails(), await recordTexts()];
after(() => {
  emails.close();
  texts.close();
});
const emailPlace = await createPlace({ ENCRYPTION_KEYS: trialKey, SMTP_URL: emails.url });
const textPlace = await createPlace({ ENCRYPTION_KEYS: trialKey, SMPP_URL: texts.url });

test('every accepted email is handed over, and a second copy has the same Message-ID, when the program is killed', async (t) => {
  await killWhileHandingOver(t, emailPlace, emails, { channel: 'email', messages: 120, kills: 3 });
});

test('every accepted text message is handed over, and a second copy has the same reference, when the program is killed', async (t) => {
  await killWhileHandingOver(t, textPlace, texts, { channel: 'sms', messages: 120, kills: 3 });
});
