import { createTransport } from 'nodemailer';
import { emailDocument, writeEmail } from './templates/email-markdown.ts';

/** Whatever takes e-mails to their recipients. */
export interface MailServer {
  /**
   * Hands one e-mail over: resolves once the server has taken it.
   *
   * @throws MailRefusal where it has not.
   */
  send(email: OutgoingEmail): Promise<void>;
  /** What a Message-ID ends with: the domain that e-mails are sent from. */
  readonly domain: string;
  close(): void;
}

export interface OutgoingEmail {
  /** The Message-ID header, with its angle brackets. */
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  /** The text, in markdown: it is sent as plain text and as HTML. */
  readonly body: string;
  /** Where the recipient asks for no more e-mails. */
  readonly unsubscribeUrl?: string;
  /** When it was written: an e-mail that waited says so. ISO 8601. */
  readonly writtenAt: string;
}

/** The mail server did not take an e-mail. The message is in our words, because the server's may quote an address. */
export class MailRefusal extends Error {
  /** Whether trying again is of no use: the server refused this recipient, or this content. */
  readonly permanent: boolean;

  constructor(words: string, permanent: boolean) {
    super(words);
    this.name = 'MailRefusal';
    this.permanent = permanent;
  }
}

/**
 * A pool of SMTP connections, opened when they are first needed.
 *
 * @param options.url smtp: or smtps:, with the login; further options of nodemailer may stand in its query, such as
 *   `?requireTLS=true`.
 * @param options.from an address, or `Name <address>`.
 * @param options.fromName the name to send under where `from` has none.
 */
export function connectMailServer(options: {
  url: string;
  from: string;
  fromName: string;
  connections?: number;
}): MailServer {
  const { address, name } = readSender(options.from, options.fromName);
  const transport = createTransport({
    url: options.url,
    pool: true,
    maxConnections: options.connections ?? 4,
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
  });

  return {
    domain: address.slice(address.lastIndexOf('@') + 1),

    async send(email) {
      const { html, text } = writeEmail(email.body);
      try {
        await transport.sendMail({
          from: { name, address },
          to: { name: '', address: email.to },
          envelope: { from: address, to: [email.to] },
          messageId: email.messageId,
          date: new Date(email.writtenAt),
          subject: email.subject,
          text,
          html: emailDocument({ subject: email.subject, html, sender: name }),
          // RFC 3834, section 5: nobody's out-of-office reply should come back.
          headers: {
            'Auto-Submitted': 'auto-generated',
            // RFC 8058.
            ...(email.unsubscribeUrl === undefined
              ? {}
              : {
                  'List-Unsubscribe': `<${email.unsubscribeUrl}>`,
                  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
                }),
          },
        });
      } catch (error) {
        throw asRefusal(error);
      }
    },

    close: () => transport.close(),
  };
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
function asRefusal(error: unknown): MailRefusal {
  const { code, command, responseCode } = readFields(error);
  if (responseCode !== undefined && responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')) {
    return new MailRefusal(`The mail server refused the message for good (it answered ${responseCode}).`, true);
  }
  if (code === 'EAUTH') return new MailRefusal('The mail server did not accept our login (EAUTH).', false);
  if (responseCode !== undefined) {
    return new MailRefusal(`The mail server did not take the message yet (it answered ${responseCode}).`, false);
  }
  return new MailRefusal(`The mail server could not be reached (${code ?? 'no reason given'}).`, false);
}

function readFields(error: unknown): { code?: string; command?: string; responseCode?: number } {
  if (!(error instanceof Error)) return {};
  return {
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...('command' in error && typeof error.command === 'string' ? { command: error.command } : {}),
    ...('responseCode' in error && typeof error.responseCode === 'number' ? { responseCode: error.responseCode } : {}),
  };
}
