/** A kind of file that can be taken: what people call it, and how it is told from others. */
export interface FileKind {
  /** Its usual extension, and its name here: `pdf`. */
  readonly name: string;
  /** As a person reads it in `must be a JPG or a PDF`. */
  readonly title: string;
  readonly extensions: readonly string[];
  /** The first is what it is served as. */
  readonly mediaTypes: readonly string[];
  /** Whether its content is text without a mark of its own, so that its extension says which kind of text. */
  readonly isText: boolean;
}

function kind(title: string, extensions: string, ...mediaTypes: readonly string[]): FileKind {
  const names = extensions.split(' ');
  return { name: names[0] ?? '', title, extensions: names, mediaTypes, isText: false };
}

function textKind(title: string, extensions: string, ...mediaTypes: readonly string[]): FileKind {
  return { ...kind(title, extensions, ...mediaTypes), isText: true };
}

const word = 'application/vnd.openxmlformats-officedocument.';
const open = 'application/vnd.oasis.opendocument.';

/**
 * Every kind that a form can ask for. Pages, scripts and programs are left out on purpose, and SVG with them: a browser
 * would run what is in them.
 */
export const fileKinds: readonly FileKind[] = [
  kind('PDF', 'pdf', 'application/pdf'),
  kind('JPG', 'jpg jpeg', 'image/jpeg'),
  kind('PNG', 'png', 'image/png'),
  kind('GIF', 'gif', 'image/gif'),
  kind('TIFF', 'tif tiff', 'image/tiff'),
  kind('BMP', 'bmp', 'image/bmp'),
  kind('WebP', 'webp', 'image/webp'),
  kind('HEIC', 'heic heif', 'image/heic', 'image/heif', 'image/heic-sequence'),
  kind('DOC', 'doc', 'application/msword'),
  kind('DOCX', 'docx', `${word}wordprocessingml.document`),
  kind('XLS', 'xls', 'application/vnd.ms-excel'),
  kind('XLSX', 'xlsx', `${word}spreadsheetml.sheet`),
  kind('PPT', 'ppt', 'application/vnd.ms-powerpoint'),
  kind('PPTX', 'pptx', `${word}presentationml.presentation`),
  kind('ODT', 'odt', `${open}text`),
  kind('ODS', 'ods', `${open}spreadsheet`),
  kind('ODP', 'odp', `${open}presentation`),
  kind('RTF', 'rtf', 'application/rtf', 'text/rtf'),
  kind('ZIP', 'zip', 'application/zip', 'application/x-zip-compressed'),
  kind('MP3', 'mp3', 'audio/mpeg'),
  kind('WAV', 'wav', 'audio/wav', 'audio/x-wav', 'audio/vnd.wave'),
  kind('MP4', 'mp4 m4v', 'video/mp4'),
  kind('MOV', 'mov', 'video/quicktime'),
  textKind('CSV', 'csv', 'text/csv'),
  textKind('TXT', 'txt text', 'text/plain'),
  textKind('JSON', 'json', 'application/json'),
  textKind('XML', 'xml', 'application/xml', 'text/xml'),
];

const byName = new Map<string, FileKind>();
for (const each of fileKinds) {
  for (const name of [...each.extensions, ...each.mediaTypes]) byName.set(name, each);
}

/** The kind with a name, an extension (with or without its full stop) or a media type; undefined if none is known. */
export function findFileKind(name: string): FileKind | undefined {
  return byName.get(name.trim().toLowerCase().replace(/^\./, ''));
}

/**
 * The kinds that a list of extensions, media types and wildcards names, as in HTML's `accept`: `.pdf,image/*`. What is not
 * known is passed over.
 */
export function findFileKinds(accept: readonly string[]): FileKind[] {
  const found = new Set<FileKind>();
  for (const each of accept.flatMap((text) => text.split(','))) {
    const family = /^([a-z]+\/)\*$/.exec(each.trim().toLowerCase())?.[1];
    if (family === undefined) {
      const one = findFileKind(each);
      if (one) found.add(one);
    } else {
      for (const one of fileKinds) if (one.mediaTypes[0]?.startsWith(family) === true) found.add(one);
    }
  }
  return fileKinds.filter((each) => found.has(each));
}
