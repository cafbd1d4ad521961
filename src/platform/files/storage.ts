/** Where the encrypted content of files lies. A name is `<organisation>/<file>`, of UUIDs alone. */
export interface Storage {
  /** What the rows of its files say of where they lie. */
  readonly kind: 'folder' | 's3';
  /** Writes a new object. It is durable when this returns; where it fails or `content` does, nothing is left. */
  write(name: string, content: AsyncIterable<Buffer>): Promise<void>;
  /** @throws ContentGone where there is no such object. */
  read(name: string): Promise<AsyncIterable<Buffer>>;
  /** Removes an object; one that is not there is no error. */
  remove(name: string): Promise<void>;
}

/** The row of a file is there and its content is not: the storage lost it, or a backup was restored without it. */
export class ContentGone extends Error {
  constructor(name: string) {
    super(`The storage does not have the content of the file ${name}.`);
    this.name = 'ContentGone';
  }
}
