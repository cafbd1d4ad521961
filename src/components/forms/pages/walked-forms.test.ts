import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { readRealForms, realForms, walkOverHttp } from './walked-forms.fixture.ts';

test(
  'real forms of every dialect are gone through over HTTP to the end, and take wrong answers back',
  { skip: existsSync(realForms) ? false : `${realForms} is not there` },
  async (t) => {
    const walked = await walkOverHttp(
      readRealForms((file, number) => number % 12 === 0 || /crested-newt|lawyers|exit/.test(file)),
    );
    assert.ok(walked.sent > 0 && walked.corrected > 0);
    t.diagnostic(
      `${walked.forms} forms, ${walked.journeys} journeys over HTTP: ${walked.sent} sent, ${walked.refused} refused, ${walked.corrected} wrong answers taken back`,
    );
  },
);
