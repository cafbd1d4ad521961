import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** Every TypeScript file that we wrote, as a path from the root. */
export function sourceFiles(): string[] {
  return ['src', 'demo', 'testing', 'architecture', 'bench'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
}

/** One import of a file: what it names, and the file that is (from the root) where it is one of ours. */
export interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly to: string | undefined;
}

/** Static, dynamic and type-only imports and re-exports. */
export function importsOf(file: string, text: string = readFileSync(join(root, file), 'utf8')): Import[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  const patterns = [
    /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\s*['"]([^'"]+)['"]/g,
    /\bimport\s*\(\s*['"]([^'"]+)['"]/g,
    /\bimport\.meta\.resolve\(\s*['"]([^'"]+)['"]/g,
  ];
  return patterns
    .flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''))
    .map((specifier) => ({ from: file, specifier, to: resolve(file, specifier) }));
}

const { imports: doors }: { imports: Record<string, string> } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);

function resolve(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return relative(root, join(root, dirname(file), specifier));
  const door = doors[specifier];
  return door === undefined ? undefined : relative(root, join(root, door));
}

/** The part that a file belongs to, such as `forms`; `program` for the files that join the parts, or the folder's name. */
export function partOf(file: string): string {
  const match = /^src\/(?:(?:components|rebalancing)\/)?([a-z-]+)\//.exec(file);
  if (match?.[1] !== undefined && match[1] !== 'commands') return match[1];
  // The commands belong to the command line, which knows all the parts.
  return file.startsWith('src/') ? 'program' : (file.split('/')[0] ?? '');
}

export function doorOf(part: string): string | undefined {
  return Object.values(doors)
    .map((path) => relative(root, join(root, path)))
    .find((path) => partOf(path) === part);
}
