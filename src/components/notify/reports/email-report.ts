/** What a report about an e-mail says. */
export type EmailReport =
  /** A delivery status notification (RFC 3464): what became of the message for one recipient. */
  | { readonly kind: 'bounce'; readonly status: 'permanent-failure' | 'temporary-failure'; readonly code: string }
  | { readonly kind: 'delivered'; readonly code: string }
  | { readonly kind: 'delayed'; readonly code: string }
  /** A feedback report (RFC 5965): the recipient called it unwanted. */
  | { readonly kind: 'complaint'; readonly feedback: string };

/** Reports are read as far as this; what mail servers append of the message itself is of no use. */
const mostCharacters = 500_000;

/**
 * Reads a report that a mail server sent, as it came over the wire. Servers write them in every way that nearly follows the
 * standard, so the fields are looked for wherever they stand, and nothing is asked of the rest.
 *
 * @returns what it says; null where it is no report, such as an answer of a person who is away.
 */
export function readEmailReport(raw: string): EmailReport | null {
  const text = raw.slice(0, mostCharacters).replaceAll(/\r\n?/g, '\n');
  const end = text.indexOf('\n\n');
  const header = unfold(end === -1 ? text : text.slice(0, end)).toLowerCase();
  const body = unfold(end === -1 ? '' : text.slice(end));
  const type = /^content-type:[ ]*multipart\/report\b(.*)$/m.exec(header)?.[1] ?? '';
  if (/report-type="?feedback-report/.test(type)) {
    const feedback = field(body, 'Feedback-Type')?.toLowerCase() ?? 'abuse';
    // RFC 5965, section 7.3; "not-spam" takes an earlier complaint back.
    return feedback === 'not-spam' ? null : { kind: 'complaint', feedback: known(feedback) };
  }
  const isStatus =
    /report-type="?delivery-status/.test(type) || /^content-type:[ ]*message\/delivery-status/im.test(body);
  return isStatus ? readStatus(body) : null;
}

function readStatus(body: string): EmailReport | null {
  const action = field(body, 'Action')
    ?.toLowerCase()
    .split(/[\s;(]/)[0];
  const given = /\b([245])\.\d{1,3}\.\d{1,3}\b/.exec(field(body, 'Status') ?? field(body, 'Diagnostic-Code') ?? '');
  const code = given?.[0] ?? { failed: '5.0.0', delayed: '4.0.0', delivered: '2.0.0' }[action ?? ''] ?? '';
  switch (action) {
    case 'delivered':
    case 'relayed':
    case 'expanded':
      return { kind: 'delivered', code };
    case 'delayed':
      return { kind: 'delayed', code };
    case 'failed':
      return { kind: 'bounce', status: isTemporary(code) ? 'temporary-failure' : 'permanent-failure', code };
    default:
      if (code === '') return null;
      if (code.startsWith('2')) return { kind: 'delivered', code };
      return { kind: 'bounce', status: isTemporary(code) ? 'temporary-failure' : 'permanent-failure', code };
  }
}

/** RFC 3463: 4.x.x may pass. A full mailbox (x.2.2) passes too, though many servers say 5. */
function isTemporary(code: string): boolean {
  return code.startsWith('4') || /^\d\.2\.2$/.test(code);
}

function field(text: string, name: string): string | undefined {
  return new RegExp(`^${name}[ \\t]*:[ \\t]*(.*)$`, 'im').exec(text)?.[1]?.trim();
}

/** The kinds of RFC 5965 and RFC 6430; anything else could be a text of somebody. */
function known(feedback: string): string {
  return ['abuse', 'fraud', 'virus', 'opt-out', 'auth-failure'].includes(feedback) ? feedback : 'other';
}

/** RFC 5322, section 2.2.3: a line that begins with a space goes on with the one before it. */
function unfold(text: string): string {
  return text.replaceAll(/\n[ \t]+/g, ' ');
}
