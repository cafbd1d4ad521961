/**
 * The one table of errors: every kind of failure that a caller may be told of, its HTTP status, and the words used where
 * nobody wrote better ones. `title` names the failure; `message` says what to do.
 */
export const problemKinds = {
  invalid: {
    status: 400,
    title: 'There is a problem with what was sent',
    message: 'Check what you sent and try again.',
  },
  'not-signed-in': { status: 401, title: 'You are not signed in', message: 'Sign in and try again.' },
  'not-permitted': {
    status: 403,
    title: 'You cannot see this page',
    message: 'Your account does not have permission. Ask the person who manages your department’s accounts.',
  },
  'form-expired': {
    status: 403,
    title: 'This page has expired',
    message: 'Go back, reload the page and send it again. Cookies must be switched on.',
  },
  'not-found': { status: 404, title: 'Page not found', message: 'Check that the web address is right and complete.' },
  'wrong-method': {
    status: 405,
    title: 'That cannot be done here',
    message: 'Go back and use the buttons on the page.',
  },
  conflict: {
    status: 409,
    title: 'Somebody else changed this first',
    message: 'Reload the page to see what it is now.',
  },
  gone: { status: 410, title: 'This is no longer available', message: 'It was closed or has expired.' },
  'too-large': { status: 413, title: 'That is too large', message: 'Send less at once.' },
  'wrong-type': { status: 415, title: 'That kind of content cannot be read', message: 'Send a form, or JSON.' },
  unprocessable: {
    status: 422,
    title: 'There is a problem with what was sent',
    message: 'Correct what is named and send it again.',
  },
  'too-many': { status: 429, title: 'Too many requests', message: 'Wait a minute and try again.' },
  internal: {
    status: 500,
    title: 'Sorry, there is a problem with the service',
    message: 'Try again later. What you had saved has been kept.',
  },
  unavailable: {
    status: 503,
    title: 'Sorry, the service is unavailable',
    message: 'Try again in a minute. What you had saved has been kept.',
  },
} as const;

export type ProblemKind = keyof typeof problemKinds;

export function isProblemKind(text: string): text is ProblemKind {
  return Object.hasOwn(problemKinds, text);
}

/**
 * A failure that is told to whoever asked. `message` and `title` are public: no personal data, no detail of the machine.
 * `detail` goes only into the log.
 */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly title: string;
  readonly detail: string | undefined;
  /** What is wrong in which place of what was sent, for callers that can point at it. */
  readonly places: readonly { readonly place: string; readonly message: string }[];

  constructor(
    kind: ProblemKind,
    words: {
      title?: string;
      message?: string;
      detail?: string;
      places?: readonly { place: string; message: string }[];
      cause?: unknown;
    } = {},
  ) {
    super(words.message ?? problemKinds[kind].message, words.cause === undefined ? {} : { cause: words.cause });
    this.name = 'Problem';
    this.kind = kind;
    this.title = words.title ?? problemKinds[kind].title;
    this.detail = words.detail;
    this.places = words.places ?? [];
  }

  get status(): number {
    return problemKinds[this.kind].status;
  }
}
