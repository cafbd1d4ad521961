import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings, SettingsProblem } from './settings.ts';

test('without any variable the settings are those of one machine', () => {
  const settings = readSettings({});
  assert.equal(settings.port, 3000);
  assert.equal(settings.host, '127.0.0.1');
  assert.equal(settings.publicUrl, 'http://localhost:3000');
  assert.equal(settings.databaseUrl, undefined);
});

test('every setting that is wrong is named at once, with what to do', () => {
  assert.throws(
    () =>
      readSettings({
        PORT: 'eighty',
        TIME_ZONE: 'Mars/Olympus',
        GOVERNMENT_COLOUR: 'red',
        DATABASE_URL: 'mysql://user:hunter2@host/db',
        ENCRYPTION_KEYS: 'short',
        LOG_LEVEL: 'loud',
      }),
    (error: unknown) => {
      assert.ok(error instanceof SettingsProblem);
      assert.equal(error.problems.length, 6);
      assert.match(error.message, /PORT is "eighty": use a whole number from 0 to 65535/);
      assert.match(error.message, /ENCRYPTION_KEYS .*openssl rand -base64 32/);
      assert.match(error.message, /docs\/settings\.md/);
      assert.ok(!error.message.includes('hunter2'), 'a password is not repeated');
      return true;
    },
  );
});

test('an empty variable counts as one that was not set', () => {
  assert.equal(readSettings({ PORT: '', SMTP_URL: ' ' }).port, 3000);
});
