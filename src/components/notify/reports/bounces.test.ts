import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTransport } from 'nodemailer';
import { Webhook } from 'standardwebhooks';
import {
  bouncePort,
  templates,
  secrets,
  report,
  addProvider,
  removeProviders,
  sendEmail,
  statusOf,
  untilStatus,
  callAbout,
  headersOf,
  startMailServer,
  bounceOf,
} from '../channels.fixture.ts';

suite('what comes back of an email', () => {
  for (const way of ['a mail server', 'a call'] as const) {
    test(`a bounce that ${way} brings makes it fail, and the service is called back as the contract has it`, async (t) => {
      const mail = await startMailServer(t);
      const provider = await addProvider('smtp', { url: mail.url }, 1);
      const id = await sendEmail('case 7');
      await untilStatus(id, 'sending');
      const bounce = bounceOf(mail.taken.at(-1) ?? '');
      if (way === 'a call') {
        assert.equal((await report(bounce)).statusCode, 204);
      } else {
        const transport = createTransport({ host: '127.0.0.1', port: bouncePort, ignoreTLS: true });
        const raw = {
          envelope: { from: '', to: mail.senders.at(-1) ?? '' },
          raw: bounce.replaceAll(/m[a-z2-7]{60}/g, 'x'),
        };
        await transport.sendMail(raw);
        await assert.rejects(
          transport.sendMail({ ...raw, envelope: { from: '', to: 'somebody@bounces.example' } }),
          /550/,
          'nobody else is there',
        );
        transport.close();
      }
      await untilStatus(id, 'permanent-failure');
      const call = await callAbout(id);
      assert.deepEqual(
        { ...call.body, created_at: '', completed_at: '', sent_at: '' },
        {
          id,
          reference: 'case 7',
          to: 'ada@example.com',
          status: 'permanent-failure',
          created_at: '',
          completed_at: '',
          sent_at: '',
          notification_type: 'email',
          template_id: templates.email.id,
          template_version: 1,
        },
      );
      assert.equal(call.headers.authorization, 'Bearer a-bearer-token');
      new Webhook(secrets[0] ?? '').verify(call.raw, headersOf(call.headers));
      await removeProviders(provider);
    });
  }

  test('a report that nobody signed for us, and one that is nonsense, are refused and change nothing', async (t) => {
    const mail = await startMailServer(t);
    const provider = await addProvider('smtp', { url: mail.url }, 1);
    const id = await sendEmail();
    await untilStatus(id, 'sending');
    const bounce = bounceOf(mail.taken.at(-1) ?? '');
    const forged = bounce.replaceAll(/m([a-z2-7])([a-z2-7]{51})/g, (_all, one: string, rest: string) =>
      one === 'a' ? `mb${rest}` : `ma${rest}`,
    );
    for (const raw of [forged, '', 'x', '\0'.repeat(1000)]) assert.equal((await report(raw)).statusCode, 422);
    assert.equal(await statusOf(id), 'sending');
    await removeProviders(provider);
  });

  test('a complaint is kept with the message, and the service is told', async (t) => {
    const mail = await startMailServer(t);
    const provider = await addProvider('smtp', { url: mail.url }, 1);
    const id = await sendEmail('complained');
    await untilStatus(id, 'sending');
    const complaint = bounceOf(mail.taken.at(-1) ?? '')
      .replace('report-type=delivery-status', 'report-type=feedback-report')
      .replace('Action: failed', 'Feedback-Type: abuse');
    assert.equal((await report(complaint)).statusCode, 204);
    const { body } = await callAbout(id, 'notification_id');
    assert.deepEqual([body['reference'], body['to']], ['complained', 'ada@example.com']);
    assert.equal(await statusOf(id), 'sending');
    await removeProviders(provider);
  });
});
