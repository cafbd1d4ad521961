/**
 * Files that people send: streamed to a folder or an S3-compatible store, encrypted with a key of their own, recognised by
 * their content, and scanned before anybody can open them. A file has an owner, and goes with it.
 */
export { fileKinds, findFileKind, findFileKinds, type FileKind } from './file-kinds.ts';
export {
  FileRefused,
  findFiles,
  forgetFile,
  forgetFiles,
  keepFile,
  listFiles,
  moveFiles,
  openFile,
  receiveFile,
  sumFileBytes,
  type FileOwner,
  type FileState,
  type FileStore,
  type KeptFile,
  type ReceivedFile,
} from './files.ts';
export { createFileStore, createKeptFiles } from './store.ts';
