import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { Problem } from '../problem.ts';
import type { Server } from './server.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes forms with files (RFC 7578) and reads them by `readForm`, which checks that they are not forged. */
    multipart?: true;
  }
  interface FastifyRequest {
    /** @throws Problem form-expired. */
    checkForgery(token: string | undefined): void;
  }
}

/** A file of a form, as it arrives. Its content must be read, or the form does not go on. */
export interface ArrivingFile {
  /** The name of the form's field. */
  readonly field: string;
  /** As the person's machine calls it, without a path. */
  readonly name: string;
  /** Rejects with a Problem where the file is beyond the limit, and with an error where the sender went away. */
  readonly content: Readable;
}

/** The most fields of a form with files, and the most characters of each. */
const [mostFields, mostFieldBytes] = [500, 100_000] as const;

/** Lets routes with `config.multipart` take forms with files. Called once, by createServer. */
export async function takeMultipart(server: Server): Promise<void> {
  await server.register(multipart);
}

/** Whether a request is a form with files at a route that takes them: its token is checked while it is read. */
export function isMultipartForm(request: FastifyRequest): boolean {
  return request.routeOptions.config.multipart === true && request.isMultipart();
}

/**
 * Reads a form that may hold files. The token against forgery must be its first field, as `csrfField` puts it: nothing of
 * a forged form is taken. Inputs in which no file was chosen are passed over. A form without files may also come as
 * application/x-www-form-urlencoded, whose token was checked before.
 *
 * @param options.mostFileBytes the most bytes of one file.
 * @param options.onFile called for one file after the other, as they come; it must read the content to its end.
 * @param options.onField called for every field, where one may come more than once, as checkboxes do.
 * @returns the fields; of those that come more than once, the last.
 * @throws Problem form-expired, too-large, or invalid where the form cannot be read.
 */
export async function readForm(
  request: FastifyRequest,
  options: {
    mostFileBytes: number;
    mostFiles?: number;
    onFile: (file: ArrivingFile) => Promise<void>;
    onField?: (name: string, value: string) => void;
  },
): Promise<Readonly<Record<string, string>>> {
  const fields: Record<string, string> = {};
  if (!isMultipartForm(request)) {
    for (const [name, value] of Object.entries(request.body ?? {})) {
      fields[name] = String(value);
      for (const each of [value].flat()) options.onField?.(name, String(each));
    }
    return fields;
  }
  let isChecked = false;
  const parts = request.parts({
    limits: {
      fields: mostFields,
      fieldSize: mostFieldBytes,
      files: options.mostFiles ?? 1,
      fileSize: options.mostFileBytes,
      parts: mostFields + (options.mostFiles ?? 1),
    },
  });
  try {
    for await (const part of parts) {
      if (!isChecked) {
        request.checkForgery(part.type === 'field' && part.fieldname === '_csrf' ? String(part.value) : undefined);
        isChecked = true;
        continue;
      }
      if (part.type === 'field') {
        fields[part.fieldname] = String(part.value);
        options.onField?.(part.fieldname, String(part.value));
        continue;
      }
      const name = nameWithoutPath(part.filename);
      if (name === '') {
        part.file.resume();
        continue;
      }
      await options.onFile({ field: part.fieldname, name, content: part.file });
    }
  } catch (error) {
    throw asFormProblem(error, options.mostFileBytes);
  }
  if (!isChecked) request.checkForgery(undefined);
  return fields;
}

/** Some browsers once sent the whole path; some programs still do. */
function nameWithoutPath(name: string | undefined): string {
  return (name ?? '').split(/[/\\]/).at(-1) ?? '';
}

function asFormProblem(error: unknown, mostFileBytes: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const most = Math.floor(mostFileBytes / 1_000_000);
  if (code === 'FST_REQ_FILE_TOO_LARGE') {
    return new Problem('too-large', {
      title: 'The file is too large',
      message: `The file must be smaller than ${most} MB. Choose a smaller file.`,
    });
  }
  if (code === 'FST_FILES_LIMIT') {
    return new Problem('too-large', { title: 'That is too many files', message: 'Send fewer files at once.' });
  }
  if (code === 'FST_PARTS_LIMIT' || code === 'FST_FIELDS_LIMIT') return new Problem('too-large');
  if (error instanceof Problem || !isOfTheForm(error)) return error;
  return new Problem('invalid', {
    message: 'What was sent could not be read as a form. Reload the page and send it again.',
    cause: error,
  });
}

/** What the parser of forms says of a body that is malformed or was cut off. */
function isOfTheForm(error: unknown): boolean {
  return error instanceof Error && /multipart|Unexpected end|premature|Part terminated|header/i.test(error.message);
}
