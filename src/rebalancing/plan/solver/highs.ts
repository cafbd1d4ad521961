import type { Highs, InitOptions } from 'highs';

/**
 * Loads HiGHS, the solver of mixed-integer programmes, as WebAssembly into this thread. It prints nothing.
 *
 * @throws Error where the package does not give its loader.
 */
export async function loadHighs(): Promise<Highs> {
  // The package's types describe its CommonJS form, in which the loader lies one level deeper than Node hands it to us.
  const { default: loader }: { default: unknown } = await import('highs');
  if (!isLoader(loader)) throw new Error('The package "highs" does not export its loader.');
  return loader({ print: () => undefined, printErr: () => undefined });
}

function isLoader(value: unknown): value is (options: InitOptions) => Promise<Highs> {
  return typeof value === 'function';
}
