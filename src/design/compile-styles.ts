import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFile } from 'node:fs/promises';

/** The stylesheet that is committed, so that a running program needs no compiler. */
export const compiledStyles = join(import.meta.dirname, 'assets/commonhold.css');

/**
 * Compiles the stylesheet of every page.
 *
 * @returns CSS, compressed
 * @throws Error where `sass`, which only development needs, is not installed
 */
export async function compileStyles(): Promise<string> {
  const sass = await import('sass');
  const officialFolder = dirname(dirname(fileURLToPath(import.meta.resolve('govuk-frontend'))));
  const { css } = await sass.compileAsync(join(import.meta.dirname, 'styles/commonhold.scss'), {
    loadPaths: [officialFolder],
    quietDeps: true,
    style: 'compressed',
  });
  return `${css}\n`;
}

/** Compiles the stylesheet into the file that is committed. */
export async function writeStyles(): Promise<void> {
  await writeFile(compiledStyles, await compileStyles());
}
