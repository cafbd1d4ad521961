import { createTransport } from 'nodemailer';
import { emailDocument, writeEmail } from '../templates/email-markdown.ts';
import type { SmtpSettings } from './kinds.ts';
import { ProviderRefusal, type OutgoingMessage, type Provider } from './provider.ts';

/** With how many connections a mail server is used where nobody said. */
const standardConnections = 8;

/** What e-mails are sent as, whichever server takes them. */
export interface EmailSender {
  /** An address, or `Name <address>`. */
  readonly from: string;
  /** The name to send under where `from` has none and no service sends. */
  readonly fromName: string;
  /** The domain whose e-mails come to us: bounces go to an address there that names the message. */
  readonly bounceDomain: string | undefined;
}

/**
 * A pool of SMTP connections, opened when they are first needed.
 *
 * @param settings.url smtp: or smtps:, with the login; further options of nodemailer may stand in its query, such as
 *   `?requireTLS=true`.
 */
export function connectMailServer(settings: SmtpSettings, sender: EmailSender): Provider {
  const connections = settings.connections ?? standardConnections;
  const { address, name } = readSender(sender.from, sender.fromName);
  const transport = createTransport({
    url: settings.url,
    pool: true,
    maxConnections: connections,
    maxMessages: 500,
    // A connection that the server closed while it was idle; every other failure is the queue's to try again.
    maxRequeues: 1,
    idleTimeout: 5000,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    // The server may look at the content for long; giving up too early would send it twice.
    socketTimeout: 60_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(settings.dkim === undefined
      ? {}
      : {
          dkim: {
            domainName: settings.dkim.domain,
            keySelector: settings.dkim.selector,
            privateKey: settings.dkim.privateKey,
          },
        }),
  });

  return {
    // Four times what is on the wire: no connection waits for the next message, and messages are claimed by the dozen.
    capacity: connections * 4,

    async send(message) {
      const { subject, body, unsubscribeUrl } = message.content;
      const { html, text } = writeEmail(body);
      const fromName = message.serviceName ?? name;
      const bounceAddress = sender.bounceDomain === undefined ? address : `${message.token}@${sender.bounceDomain}`;
      try {
        await transport.sendMail({
          from: { name: fromName, address },
          to: { name: '', address: message.to },
          ...(message.sender === null ? {} : { replyTo: message.sender }),
          envelope: { from: bounceAddress, to: [message.to] },
          messageId: messageIdOf(message),
          date: new Date(message.writtenAt),
          subject,
          text,
          html: emailDocument({ subject, html, sender: fromName }),
          // RFC 3461: asked of servers that can. The headers are enough to know which message came back.
          dsn: {
            id: message.token,
            return: 'headers',
            notify: ['failure', 'delay'],
            recipient: `rfc822;${message.to}`,
          },
          // RFC 3834, section 5: nobody's out-of-office reply should come back.
          headers: {
            'Auto-Submitted': 'auto-generated',
            // RFC 8058.
            ...(unsubscribeUrl === undefined
              ? {}
              : {
                  'List-Unsubscribe': `<${unsubscribeUrl}>`,
                  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
                }),
          },
        });
        return {};
      } catch (error) {
        throw asRefusal(error);
      }
    },

    close: () => transport.close(),
  };
}

/** The Message-ID header, with its angle brackets. */
export function messageIdOf({ token, domain }: Pick<OutgoingMessage, 'token' | 'domain'>): string {
  return `<${token}@${domain}>`;
}

/** The domain of the address that e-mails are sent from. */
export function domainOf(from: string): string {
  const { address } = readSender(from, '');
  return address.slice(address.lastIndexOf('@') + 1);
}

function readSender(from: string, fromName: string): { name: string; address: string } {
  const parts = /^\s*(.*?)\s*<([^<>]+)>\s*$/.exec(from);
  if (parts === null) return { name: fromName, address: from.trim() };
  return { name: parts[1]?.replaceAll('"', '') ?? '', address: parts[2]?.trim() ?? '' };
}

/**
 * RFC 5321, section 4.2.1: a reply of 5yz is permanent. It is believed of a recipient or of a content only: a server that
 * refuses our login or our sender (wrong settings) refuses everything, and will take it once that is mended.
 */
function asRefusal(error: unknown): ProviderRefusal {
  const { code, command, responseCode } = readFields(error);
  if (responseCode !== undefined && responseCode !== 421 && (command === 'RCPT TO' || command === 'DATA')) {
    if (responseCode >= 500) {
      return new ProviderRefusal(
        `The mail server refused the message for good (it answered ${responseCode}).`,
        command === 'RCPT TO' ? 'recipient' : 'message',
      );
    }
    return new ProviderRefusal(`The mail server did not take the message yet (it answered ${responseCode}).`, 'later');
  }
  if (code === 'EAUTH') return new ProviderRefusal('The mail server did not accept our login (EAUTH).', 'provider');
  if (responseCode !== undefined) {
    return new ProviderRefusal(`The mail server takes nothing just now (it answered ${responseCode}).`, 'provider');
  }
  return new ProviderRefusal(`The mail server could not be reached (${code ?? 'no reason given'}).`, 'provider');
}

function readFields(error: unknown): { code?: string; command?: string; responseCode?: number } {
  if (!(error instanceof Error)) return {};
  return {
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...('command' in error && typeof error.command === 'string' ? { command: error.command } : {}),
    ...('responseCode' in error && typeof error.responseCode === 'number' ? { responseCode: error.responseCode } : {}),
  };
}
