import assert from 'node:assert/strict';
import { test } from 'node:test';
import { communities } from '../check/written/communities.fixture.ts';
import { defraV1 } from '../check/written/defra-v1.fixture.ts';
import { defraV2WithPayment } from '../check/written/defra-v2.fixture.ts';
import { xgov } from '../check/written/xgov.fixture.ts';
import { walkOverHttp } from './walked-forms.fixture.ts';

test('a form of each dialect that uses all it knows is gone through over HTTP, and takes wrong answers back', async (t) => {
  const walked = await walkOverHttp(
    new Map<string, unknown>([
      ['DEFRA V2', defraV2WithPayment],
      ['DEFRA V1', defraV1],
      ['XGov', xgov],
      ['communities', communities],
    ]),
    4,
  );
  assert.equal(walked.forms, 4);
  assert.ok(walked.sent > 0 && walked.corrected > 0);
  t.diagnostic(
    `${walked.journeys} journeys over HTTP: ${walked.sent} sent, ${walked.refused} refused, ${walked.corrected} wrong answers taken back`,
  );
});
