import { Type } from 'typebox';
import { Problem, verifyWebhook, type Server } from '#platform';
import type { Providers } from '../providers/providers.ts';
import type { Reports } from './reports.ts';

const bodyLimitBytes = 2_000_000;

/** Where mail servers and providers of text messages bring what they have to say. */
export function addReportRoutes(
  server: Server,
  { reports, providers }: { reports: Reports; providers: Providers },
): void {
  server.register(async (inside: Server) => {
    inside.removeAllContentTypeParsers();
    // A signature is over the bytes as they came, and a report of a mail server is in no charset in particular.
    inside.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyLimitBytes }, (_request, body, done) =>
      done(null, body),
    );

    inside.post(
      '/reports/email',
      {
        config: {
          access: {
            who: 'signed',
            by: 'the signature in the Message-ID or the address that a report names',
            because: 'a mail server that hands a report over has no key of ours',
          },
        },
      },
      async (request, reply) => {
        const raw = Buffer.isBuffer(request.body) ? request.body.toString('latin1') : '';
        const isOurs = await reports.email(raw);
        if (!isOurs) throw new Problem('unprocessable', { message: 'The report names no message of ours.' });
        return reply.code(204).send();
      },
    );

    inside.post(
      '/reports/texts/:providerId',
      {
        config: {
          access: {
            who: 'signed',
            by: 'a Standard Webhooks signature made with the secret of the provider',
            because: 'a provider of text messages has no key of ours',
          },
        },
        schema: { params: Type.Object({ providerId: Type.String({ format: 'uuid' }) }) },
      },
      async (request, reply) => {
        const provider = await providers.findSecret(request.params.providerId);
        const raw = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
        if (provider === null || !verifyWebhook(provider.secret, request.headers, raw)) {
          throw new Problem('not-permitted', { message: 'The signature is not that of this provider.' });
        }
        const report = readTextReport(raw);
        if (report === null) {
          throw new Problem('invalid', {
            message: 'Send {"type": "text.receipt" or "text.received", "data": {…}} as the guide has it.',
          });
        }
        if (report.type === 'text.receipt') {
          const { id: reference, status, code } = report.data;
          await reports.textReceipt({ provider: provider.name, reference, status, code });
        } else if (!(await reports.receivedText({ ...report.data, content: report.data.text }))) {
          throw new Problem('unprocessable', { message: 'No service has this number.' });
        }
        return reply.code(204).send();
      },
    );
  });
}

type TextReport =
  | {
      type: 'text.receipt';
      data: { id: string; status: Parameters<Reports['textReceipt']>[0]['status']; code: string };
    }
  | { type: 'text.received'; data: { from: string; to: string; text: string } };

const statuses = ['pending', 'delivered', 'permanent-failure', 'temporary-failure', 'technical-failure'] as const;

function readTextReport(raw: string): TextReport | null {
  const { type, data } = fieldsOf(parse(raw));
  const fields = fieldsOf(data);
  const text = (name: string, most: number): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' && value.length <= most ? value : undefined;
  };
  if (type === 'text.receipt') {
    const [id, status] = [text('id', 200), statuses.find((each) => each === fields['status'])];
    const code = text('code', 20)?.replaceAll(/[^\w .-]/g, '') ?? '';
    return id === undefined || status === undefined ? null : { type, data: { id, status, code } };
  }
  if (type === 'text.received') {
    const [from, to, content] = [text('from', 20), text('to', 20), text('text', 10_000)];
    if (from === undefined || to === undefined || content === undefined) return null;
    return { type, data: { from, to, text: content } };
  }
  return null;
}

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
