import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { readRealForms, realForms, walkOverHttp } from './walked-forms.fixture.ts';

test(
  'every real form that can be published is gone through over HTTP, every way that leads on',
  { skip: existsSync(realForms) ? false : `${realForms} is not there` },
  async (t) => {
    const walked = await walkOverHttp(readRealForms(() => true));
    assert.ok(walked.forms > 0);
    t.diagnostic(
      `${walked.forms} forms, ${walked.journeys} journeys over HTTP: ${walked.sent} sent, ${walked.refused} refused, ${walked.corrected} wrong answers taken back`,
    );
  },
);
