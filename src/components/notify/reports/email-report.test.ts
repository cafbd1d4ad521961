import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readEmailReport } from './email-report.ts';

const bounce = (fields: string, type = 'multipart/report; report-type=delivery-status; boundary="b"'): string =>
  [
    'From: MAILER-DAEMON@mx.example',
    'Subject: Undelivered',
    `Content-Type: ${type}`,
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'Sorry.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    fields,
    '',
    '--b--',
    '',
  ].join('\r\n');

test('what a mail server says of a message is read as it says it', () => {
  const cases: [string, ReturnType<typeof readEmailReport>][] = [
    [
      'Final-Recipient: rfc822; a@example.com\r\nAction: failed\r\nStatus: 5.1.1',
      { kind: 'bounce', status: 'permanent-failure', code: '5.1.1' },
    ],
    ['Action: failed\r\nStatus: 5.2.2 (mailbox full)', { kind: 'bounce', status: 'temporary-failure', code: '5.2.2' }],
    ['Action: failed\r\nStatus: 4.4.7', { kind: 'bounce', status: 'temporary-failure', code: '4.4.7' }],
    ['Action: delayed\r\nStatus: 4.4.1', { kind: 'delayed', code: '4.4.1' }],
    ['Action: delivered\r\nStatus: 2.0.0', { kind: 'delivered', code: '2.0.0' }],
    ['action:relayed\r\nstatus:2.1.5', { kind: 'delivered', code: '2.1.5' }],
    // Nearly as the standard has it.
    ['ACTION : FAILED', { kind: 'bounce', status: 'permanent-failure', code: '5.0.0' }],
    [
      'Action: failed\r\nDiagnostic-Code: smtp;\r\n 550 5.7.1 refused',
      { kind: 'bounce', status: 'permanent-failure', code: '5.7.1' },
    ],
    ['Status: 5.1.10', { kind: 'bounce', status: 'permanent-failure', code: '5.1.10' }],
    ['Action: who knows', null],
  ];
  for (const [fields, report] of cases) assert.deepEqual(readEmailReport(bounce(fields)), report, fields);
});

test('a complaint is read, one that is taken back is none, and its kind is no free text', () => {
  const complaint = (fields: string): string =>
    bounce(fields, 'multipart/report;\r\n\treport-type="feedback-report"; boundary=b');
  assert.deepEqual(readEmailReport(complaint('Feedback-Type: abuse')), { kind: 'complaint', feedback: 'abuse' });
  assert.deepEqual(readEmailReport(complaint('Feedback-Type: ada@example.com')), {
    kind: 'complaint',
    feedback: 'other',
  });
  assert.equal(readEmailReport(complaint('Feedback-Type: not-spam')), null);
});

test('an answer of a person is no report, whatever it says', () => {
  const away = 'Subject: I am away\r\nContent-Type: text/plain\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n';
  assert.equal(readEmailReport(away), null);
});

test('nonsense is read without harm', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (noise) => {
      readEmailReport(noise);
      readEmailReport(bounce(noise));
      readEmailReport(bounce(`Action: ${noise}\r\nStatus: ${noise}`));
    }),
  );
});
