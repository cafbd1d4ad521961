import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import ajvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { SheetProblem } from '#platform';

/** An amount as the Open Contracting Data Standard writes it: a decimal number of the currency. */
export interface Value {
  readonly amount?: number;
  readonly currency?: string;
}

/** Dates with a time (RFC 3339). */
export interface ReleasePeriod {
  readonly startDate?: string;
  readonly endDate?: string;
}

export interface OrganizationReference {
  readonly id?: string | number;
  readonly name?: string;
}

export interface Award {
  readonly id: string | number;
  readonly title?: string;
  readonly description?: string;
  readonly status?: string;
  readonly value?: Value;
  readonly suppliers?: readonly OrganizationReference[];
  readonly contractPeriod?: ReleasePeriod;
}

export interface ReleaseContract {
  readonly id: string | number;
  readonly awardID?: string | number;
  readonly title?: string;
  readonly description?: string;
  readonly status?: string;
  readonly value?: Value;
  readonly period?: ReleasePeriod;
}

/** A release of the Open Contracting Data Standard 1.1, as far as it is read here: one notice about one contracting process. */
export interface Release {
  readonly ocid: string;
  readonly id?: string | number;
  readonly date: string;
  readonly tag?: readonly string[];
  readonly buyer?: OrganizationReference;
  readonly parties?: readonly {
    readonly id?: string | number;
    readonly name?: string;
    readonly roles?: readonly string[];
    readonly identifier?: { readonly scheme?: string; readonly id?: string | number };
  }[];
  readonly tender?: {
    readonly title?: string;
    readonly description?: string;
    readonly classification?: { readonly scheme?: string; readonly id?: string };
    readonly procurementMethodDetails?: string;
    readonly procuringEntity?: OrganizationReference;
    readonly contractPeriod?: ReleasePeriod;
    readonly value?: Value;
    readonly lots?: readonly { readonly description?: string; readonly renewal?: { readonly description?: string } }[];
    readonly techniques?: { readonly hasFrameworkAgreement?: boolean };
  };
  readonly awards?: readonly Award[];
  readonly contracts?: readonly ReleaseContract[];
}

/** What a release breaks of the standard, in a place of it. */
export interface ReleaseFault {
  /** A JSON pointer (RFC 6901). */
  readonly place: string;
  readonly message: string;
}

/** The most bytes of one JSON document, which is read at once. JSON Lines are streamed, whatever their length. */
export const mostDocumentBytes = 150_000_000;

/**
 * The releases in a file: of a release package, of the records of a record package (their releases, or else what was
 * compiled of them), of a list of these, or one in each line (JSON Lines). Nothing is checked yet, and nothing is fetched:
 * releases that a record only links to are told as what they are.
 *
 * @throws SheetProblem where the file is not JSON, or holds no release.
 */
export async function* readReleases(path: string): AsyncGenerator {
  if (await isJsonLines(path)) {
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
    let number = 0;
    for await (const line of lines) {
      number += 1;
      if (line.trim() === '') continue;
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        yield { unreadable: `Line ${number} is not JSON. Ask the publisher for the file again, or drop it.` };
        continue;
      }
      yield* releasesIn(value);
    }
    return;
  }
  const { size } = await stat(path);
  if (size > mostDocumentBytes) {
    throw new SheetProblem(
      `The file has ${Math.round(size / 1_000_000)} MB; a JSON file is read up to ${mostDocumentBytes / 1_000_000} MB. Use the publisher’s JSON Lines file (.jsonl), which has no limit, or a smaller package.`,
    );
  }
  const text = (await readFile(path, 'utf8')).replace(/^\ufeff/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SheetProblem(
      'The file is not JSON. Choose a release package or a record package of the Open Contracting Data Standard.',
      { cause: error },
    );
  }
  let count = 0;
  for (const release of releasesIn(value)) {
    count += 1;
    yield release;
  }
  if (count === 0) {
    throw new SheetProblem(
      'There is no release in the file. Choose a release package or a record package of the Open Contracting Data Standard.',
    );
  }
}

/** What a release breaks of the standard that matters for reading it; empty where it can be read. */
export function faultsOf(value: unknown): ReleaseFault[] {
  if (isReadable(value)) return [];
  return (isReadable.errors ?? []).map((error) => ({
    place: error.instancePath,
    message: error.message ?? 'is not as the standard says',
  }));
}

/** A release that has no fault. @throws Error where it has one: look at `faultsOf` first. */
export function asRelease(value: unknown): Release {
  if (!isReadable(value)) throw new Error('The release has faults.');
  return value;
}

const named = {
  type: ['object', 'null'],
  properties: { id: { type: ['string', 'integer', 'null'] }, name: { type: ['string', 'null'] } },
};
const amount = {
  type: ['object', 'null'],
  properties: { amount: { type: ['number', 'null'] }, currency: { type: ['string', 'null'] } },
};
const period = {
  type: ['object', 'null'],
  properties: {
    startDate: { type: ['string', 'null'], format: 'date-time' },
    endDate: { type: ['string', 'null'], format: 'date-time' },
  },
};
const text = { type: ['string', 'null'] };
const id = { type: ['string', 'integer'] };

/**
 * What must hold of a release for it to be read, after the release schema of OCDS 1.1.5 (JSON Schema draft 4). It asks for
 * less than the standard does: published data break that often, mostly in fields that are of no use here.
 */
const schema = {
  type: 'object',
  required: ['ocid', 'date'],
  properties: {
    ocid: { type: 'string', minLength: 1 },
    id: { type: ['string', 'integer', 'null'] },
    date: { type: 'string', format: 'date-time' },
    tag: { type: ['array', 'null'], items: { type: 'string' } },
    buyer: named,
    parties: {
      type: ['array', 'null'],
      items: { ...named, properties: { ...named.properties, roles: { type: ['array', 'null'] } } },
    },
    tender: {
      type: ['object', 'null'],
      properties: {
        title: text,
        description: text,
        contractPeriod: period,
        value: amount,
        lots: { type: ['array', 'null'], items: { type: 'object' } },
      },
    },
    awards: {
      type: ['array', 'null'],
      items: {
        type: 'object',
        required: ['id'],
        properties: {
          id,
          title: text,
          description: text,
          status: text,
          value: amount,
          suppliers: { type: ['array', 'null'], items: named },
          contractPeriod: period,
        },
      },
    },
    contracts: {
      type: ['array', 'null'],
      items: {
        type: 'object',
        required: ['id'],
        properties: {
          id,
          awardID: { type: ['string', 'integer', 'null'] },
          title: text,
          description: text,
          status: text,
          value: amount,
          period,
        },
      },
    },
  },
};

const ajv = new ajvDraft04.default({ allErrors: true, allowUnionTypes: true, strict: false });
addFormats.default(ajv, ['date-time']);
const isReadable = ajv.compile<Release>(schema);

function* releasesIn(value: unknown): Generator {
  if (Array.isArray(value)) {
    for (const each of value) yield* releasesIn(each);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if ('releases' in value && Array.isArray(value.releases) && !('ocid' in value)) {
    yield* value.releases;
  } else if ('records' in value && Array.isArray(value.records)) {
    for (const record of value.records) yield* releasesOfRecord(record);
  } else if ('compiledRelease' in value || ('releases' in value && 'ocid' in value)) {
    yield* releasesOfRecord(value);
  } else if ('ocid' in value) {
    yield value;
  }
}

/** A record's own releases say more than what was compiled of them; links say nothing, and nothing is fetched. */
function* releasesOfRecord(record: unknown): Generator {
  if (typeof record !== 'object' || record === null) return;
  const releases = 'releases' in record && Array.isArray(record.releases) ? record.releases : [];
  const embedded = releases.filter((each: unknown) => typeof each === 'object' && each !== null && 'ocid' in each);
  if (embedded.length > 0) {
    yield* embedded;
  } else if ('compiledRelease' in record) {
    yield record.compiledRelease;
  } else if (releases.length > 0) {
    yield { unreadable: 'This record only links to its releases. Download a package that holds them.' };
  }
}

/** Whether the first line of a file is a whole JSON value, and there is another line. */
async function isJsonLines(path: string): Promise<boolean> {
  const lines = createInterface({ input: createReadStream(path, { end: 4_000_000 }), crlfDelay: Infinity });
  const first: string[] = [];
  for await (const line of lines) {
    if (line.trim() !== '') first.push(line);
    if (first.length === 2) break;
  }
  lines.close();
  if (first.length < 2) return false;
  try {
    JSON.parse(first[0] ?? '');
    return true;
  } catch {
    return false;
  }
}
