import { resolve } from 'node:path';
import { readClamdAddress } from './files/clamd.ts';
import { readS3Address } from './files/s3-storage.ts';
import { isNetwork } from './webhooks/addresses.ts';

/** One environment variable: how it is read, what it is when nobody set it, and what it is for. */
interface Setting<T> {
  readonly env: string;
  readonly meaning: string;
  /** The default as the table in docs/settings.md shows it. */
  readonly shownDefault: string;
  readonly secret?: boolean;
  /** Reads the text, or the default where there is none; throws an Error whose message says what to do. */
  readonly read: (text: string | undefined) => T;
}

const declarations = {
  port: setting('PORT', '3000', 'The port that the web server listens on.', wholeNumber(3000, 0, 65_535)),
  host: setting(
    'HOST',
    '127.0.0.1',
    'The address that the web server listens on. Use 0.0.0.0 behind a proxy.',
    text('127.0.0.1'),
  ),
  publicUrl: setting(
    'PUBLIC_URL',
    'http://localhost:PORT',
    'The address that people use, as it stands in links that are sent by e-mail. Cookies are marked Secure when it begins with https.',
    optional(webAddress),
  ),
  dataFolder: setting(
    'DATA_FOLDER',
    '.data',
    'The folder of the embedded database, of uploads and of the generated encryption key.',
    (value) => resolve(value ?? '.data'),
  ),
  databaseUrl: secret(
    'DATABASE_URL',
    'none: an embedded PostgreSQL is started',
    "PostgreSQL 15 or later, as the application's login, which owns nothing and cannot bypass row-level security.",
    optional(postgresAddress),
  ),
  databaseOwnerUrl: secret(
    'DATABASE_OWNER_URL',
    'none',
    'The same database as the owner of its tables: needed to migrate, back up and restore, and by nothing else.',
    optional(postgresAddress),
  ),
  databaseConnections: setting(
    'DATABASE_CONNECTIONS',
    '16',
    'The most connections that one process opens for web requests and jobs together.',
    wholeNumber(16, 2, 500),
  ),
  encryptionKeys: secret(
    'ENCRYPTION_KEYS',
    'generated in DATA_FOLDER with the embedded database; required with DATABASE_URL',
    'One or more keys of 32 bytes in base64, separated by commas. The first one encrypts; all of them decrypt, so that keys can be rotated.',
    encryptionKeys,
  ),
  smtpUrl: secret(
    'SMTP_URL',
    'none: messages are kept, and the outbox page of each service shows them',
    'The mail server: smtp://user:password@host:587, or smtps:// for TLS from the first byte.',
    optional(smtpAddress),
  ),
  emailFrom: setting(
    'EMAIL_FROM',
    'no-reply@localhost',
    'The address that e-mails are sent from.',
    text('no-reply@localhost'),
  ),
  bounceDomain: setting(
    'BOUNCE_DOMAIN',
    'none: e-mails that cannot be delivered come back to EMAIL_FROM',
    'The domain whose e-mail comes to BOUNCE_PORT, or is handed to /reports/email: every message gets an address there to come back to.',
    optional((value) => value),
  ),
  bouncePort: setting(
    'BOUNCE_PORT',
    '0: none',
    'The port at which the jobs take e-mails that come back, as the mail exchanger of BOUNCE_DOMAIN.',
    wholeNumber(0, 0, 65_535),
  ),
  dkimSelector: setting(
    'DKIM_SELECTOR',
    'none: e-mails are not signed',
    'The selector of the DKIM key of the domain of EMAIL_FROM.',
    optional((value) => value),
  ),
  dkimPrivateKey: secret(
    'DKIM_PRIVATE_KEY',
    'none',
    'The private key that signs e-mails (DKIM), as PEM, its line breaks written as \\n where they must be.',
    optional(privateKey),
  ),
  smppUrl: secret(
    'SMPP_URL',
    'none: text messages are kept, and the outbox page of each service shows them',
    'The text message centre (SMPP 3.4): smpp://system-id:password@host:2775, or ssmpp:// for TLS.',
    optional(smppAddress),
  ),
  lettersFolder: setting(
    'LETTERS_FOLDER',
    'none: letters are kept, and the outbox page of each service shows them',
    "The folder in which each day's letters are put for the printer, a folder for each batch.",
    optional((value) => resolve(value)),
  ),
  governmentName: setting('GOVERNMENT_NAME', 'Commonhold', 'The name in the header of every page.', text('Commonhold')),
  governmentColour: setting(
    'GOVERNMENT_COLOUR',
    '#1a4d5c',
    'The colour of the header, as #rrggbb; it must be dark enough for white text.',
    colour('#1a4d5c'),
  ),
  contactEmail: setting(
    'CONTACT_EMAIL',
    'none',
    'Where the public reports a problem with a page; shown in the footer pages.',
    optional((value) => value),
  ),
  timeZone: setting(
    'TIME_ZONE',
    'Europe/London',
    'The time zone in which days are counted and times are shown.',
    timeZone('Europe/London'),
  ),
  currency: setting(
    'CURRENCY',
    'GBP',
    'The currency in which costs and savings are added up, as three letters of ISO 4217.',
    currency('GBP'),
  ),
  trustedProxies: setting(
    'TRUSTED_PROXIES',
    'none',
    'Addresses or networks of proxies whose X-Forwarded-For is believed, separated by commas: 10.0.0.0/8,127.0.0.1.',
    list,
  ),
  requestsPerMinute: setting(
    'REQUESTS_PER_MINUTE',
    '600',
    'The most requests that one address may make in a minute before it is asked to wait; 0 for no limit, and no other guard of public forms against programs.',
    wholeNumber(600, 0, 10_000_000),
  ),
  webhookNetworks: setting(
    'WEBHOOK_NETWORKS',
    'none: webhooks go to the public internet only, over https',
    'Networks that webhooks and callbacks may also be sent to, and over http as well, separated by commas: 10.2.0.0/16,127.0.0.1.',
    networks,
  ),
  jobConcurrency: setting('JOB_CONCURRENCY', '4', 'How many jobs one process runs at once.', wholeNumber(4, 1, 200)),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    'fatal, error, warn, info, debug or silent.',
    oneOf('info', ['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
  ),
  fileStorage: secret(
    'FILE_STORAGE',
    'the folder uploads in DATA_FOLDER',
    'Where the files that people send are kept, encrypted: s3://bucket?region=eu-west-2, or https://KEY:SECRET@host/bucket for any S3-compatible store. A folder must be one that every machine of the program shares.',
    optional(s3Address),
  ),
  storagePrice: setting(
    'STORAGE_PRICE',
    '0.02',
    'What a gigabyte of files costs in a month, in the currency: each service is charged for what people sent it. An estimate, after the public price lists of object storage in 2026, until you set your own.',
    amount(0.02),
  ),
  fileScanner: setting(
    'FILE_SCANNER',
    'none: forms that ask for files cannot be published',
    'ClamAV’s clamd, which scans every file before anybody can open it: tcp://host:3310 or unix:/run/clamav/clamd.ctl. With "development" nothing is scanned, and pages say so.',
    optional(scannerAddress),
  ),
  fileMegabytes: setting(
    'FILE_MEGABYTES',
    '25',
    'The largest file that is taken, in megabytes; a form can ask for less. clamd’s StreamMaxLength must not be smaller.',
    wholeNumber(25, 1, 5000),
  ),
  metricsToken: secret(
    'METRICS_TOKEN',
    'none: /metrics answers only to the machine itself',
    'The bearer token that a collector of metrics presents.',
    optional((value) => value),
  ),
} as const;

type Declarations = typeof declarations;

/** Every setting of the program, read and checked. */
export type Settings = { readonly [K in keyof Declarations]: ReturnType<Declarations[K]['read']> } & {
  readonly publicUrl: string;
};

/** Settings that cannot be used: every one that is wrong, each with what to do. */
export class SettingsProblem extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `Commonhold cannot start with these settings:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\nAll settings are listed in docs/settings.md.`,
    );
    this.name = 'SettingsProblem';
    this.problems = problems;
  }
}

/**
 * Reads the settings from environment variables.
 *
 * @throws SettingsProblem naming every setting that is wrong, not only the first.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, declaration] of Object.entries(declarations)) {
    const given = env[declaration.env]?.trim();
    try {
      values[name] = declaration.read(given === '' ? undefined : given);
    } catch (error) {
      problems.push(`${declaration.env} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  values['publicUrl'] ??= `http://localhost:${String(values['port'])}`;
  if (problems.length > 0) throw new SettingsProblem(problems);
  if (!isWhole(values)) throw new Error('A setting was declared and not read.');
  return values;
}

/** Every key was filled with what its own `read` returned, so the types are right where the keys are there. */
function isWhole(values: Record<string, unknown>): values is Record<string, unknown> & Settings {
  return Object.keys(declarations).every((name) => name in values);
}

/** The table of settings, as Markdown, from the same declarations that are read at start. */
export function describeSettings(): string {
  const rows = Object.values(declarations).map(
    (row) => `| \`${row.env}\` | ${row.shownDefault} | ${row.meaning}${row.secret === true ? ' Secret.' : ''} |`,
  );
  return ['| setting | default | what it is |', '|---|---|---|', ...rows].join('\n');
}

function setting<T>(env: string, shownDefault: string, meaning: string, read: Setting<T>['read']): Setting<T> {
  return { env, shownDefault, meaning, read };
}

function secret<T>(env: string, shownDefault: string, meaning: string, read: Setting<T>['read']): Setting<T> {
  return { env, shownDefault, meaning, read, secret: true };
}

function text(standard: string) {
  return (value: string | undefined): string => value ?? standard;
}

function optional(read: (value: string) => string) {
  return (value: string | undefined): string | undefined => (value === undefined ? undefined : read(value));
}

function wholeNumber(standard: number, least: number, most: number) {
  return (value: string | undefined): number => {
    if (value === undefined) return standard;
    const number = Number(value);
    if (!Number.isInteger(number) || number < least || number > most) {
      throw new Error(`is "${value}": use a whole number from ${least} to ${most}, such as ${standard}.`);
    }
    return number;
  };
}

/** An amount of money in the currency's unit, to the millionth. */
function amount(standard: number) {
  return (value: string | undefined): number => {
    if (value === undefined) return standard;
    const number = /^\d{1,9}(\.\d{1,6})?$/.test(value) ? Number(value) : Number.NaN;
    if (Number.isNaN(number)) throw new Error(`is "${value}": use an amount such as ${standard}.`);
    return number;
  };
}

function oneOf<T extends string>(standard: T, choices: readonly T[]) {
  return (value: string | undefined): T => {
    if (value === undefined) return standard;
    const choice = choices.find((each) => each === value);
    if (choice === undefined) throw new Error(`is "${value}": use one of ${choices.join(', ')}.`);
    return choice;
  };
}

function list(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function networks(value: string | undefined): readonly string[] {
  const given = list(value);
  const wrong = given.find((network) => !isNetwork(network));
  if (wrong !== undefined) throw new Error(`holds "${wrong}": use networks such as 10.2.0.0/16, or addresses.`);
  return given;
}

function webAddress(value: string): string {
  if (!URL.canParse(value) || !['http:', 'https:'].includes(new URL(value).protocol)) {
    throw new Error(`is "${value}": use a whole address, such as https://services.example.gov.`);
  }
  return value.replace(/\/+$/, '');
}

function postgresAddress(value: string): string {
  // The value holds a password, so the message must not repeat it.
  if (!URL.canParse(value) || !['postgres:', 'postgresql:'].includes(new URL(value).protocol)) {
    throw new Error('is not a PostgreSQL address: use postgres://login:password@host:5432/database.');
  }
  return value;
}

function smtpAddress(value: string): string {
  if (!URL.canParse(value) || !['smtp:', 'smtps:'].includes(new URL(value).protocol)) {
    throw new Error(
      'is not a mail server address: use smtp://user:password@host:587 or smtps://user:password@host:465.',
    );
  }
  return value;
}

function s3Address(value: string): string {
  readS3Address(value);
  return value;
}

function scannerAddress(value: string): string {
  if (value !== 'development' && readClamdAddress(value) === undefined) {
    throw new Error(`is "${value}": use tcp://host:3310 or unix:/run/clamav/clamd.ctl.`);
  }
  return value;
}

function smppAddress(value: string): string {
  if (!URL.canParse(value) || !['smpp:', 'ssmpp:'].includes(new URL(value).protocol)) {
    throw new Error('is not the address of a text message centre: use smpp://system-id:password@host:2775.');
  }
  return value;
}

function privateKey(value: string): string {
  const key = value.replaceAll('\\n', '\n');
  if (!key.includes('PRIVATE KEY'))
    throw new Error('is not a private key in PEM: it begins with -----BEGIN PRIVATE KEY-----.');
  return key;
}

function encryptionKeys(value: string | undefined): readonly string[] {
  const keys = list(value);
  for (const [index, key] of keys.entries()) {
    if (Buffer.from(key, 'base64').length !== 32) {
      throw new Error(
        `holds a key (number ${index + 1}) that is not 32 bytes in base64: make one with "openssl rand -base64 32".`,
      );
    }
  }
  return keys;
}

function colour(standard: string) {
  return (value: string | undefined): string => {
    if (value === undefined) return standard;
    if (!/^#[0-9a-f]{6}$/i.test(value))
      throw new Error(`is "${value}": use six hexadecimal digits, such as ${standard}.`);
    return value.toLowerCase();
  };
}

function currency(standard: string) {
  return (value: string | undefined): string => {
    if (value === undefined) return standard;
    if (!/^[A-Z]{3}$/.test(value))
      throw new Error(`is "${value}": use three letters of ISO 4217, such as ${standard}.`);
    return value;
  };
}

function timeZone(standard: string) {
  return (value: string | undefined): string => {
    if (value === undefined) return standard;
    try {
      return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
    } catch {
      throw new Error(`is "${value}": use a name of the time zone database, such as ${standard}.`);
    }
  };
}
