// Says by its exit code whether node_modules holds exactly what package-lock.json names, so that an installation made by
// `npm install` or `npm ci` is not made again. Runs on old versions of Node too.
const { existsSync, readFileSync } = require('node:fs');

const root = process.argv[2];
const read = (path) => JSON.parse(readFileSync(`${root}/${path}`, 'utf8')).packages;
const wanted = read('package-lock.json');
const installed = read('node_modules/.package-lock.json');

const isMissing = ([path, { version, integrity, optional }]) =>
  path !== '' &&
  (path in installed
    ? installed[path].version !== version || installed[path].integrity !== integrity || !existsSync(`${root}/${path}`)
    : !optional);

process.exit(Object.entries(wanted).some(isMissing) ? 1 : 0);
