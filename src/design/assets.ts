import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { type Look, lookIcon, lookStylesheet } from './look.ts';

/** The addresses of what a page needs. Each holds a hash of the content, so that a browser may keep it for good. */
export interface AssetAddresses {
  readonly styles: string;
  readonly start: string;
  readonly components: string;
  readonly look: string;
  readonly icon: string;
}

/** One file as it is sent. */
export interface Asset {
  readonly contentType: string;
  readonly body: Buffer;
}

export type Encoding = 'br' | 'gzip' | 'identity';

const styles = fixedAsset('commonhold.css', join(import.meta.dirname, 'assets/commonhold.css'), 'text/css');
const start = fixedAsset('start.js', join(import.meta.dirname, 'assets/start.js'), 'text/javascript');
const components = fixedAsset(
  'govuk-frontend.js',
  fileURLToPath(import.meta.resolve('govuk-frontend/dist/govuk/govuk-frontend.min.js')),
  'text/javascript',
);
const fixed = new Map([styles, start, components].map((asset) => [asset.name, asset]));
/** One hash for all of them, because start.js names its neighbour without one. */
const version = shortHash(...[...fixed.values()].map((asset) => asset.body));

export function assetAddresses(look: Look): AssetAddresses {
  const colour = look.colour.slice(1).toLowerCase();
  return {
    styles: `/assets/${version}/${styles.name}`,
    start: `/assets/${version}/${start.name}`,
    components: `/assets/${version}/${components.name}`,
    look: `/assets/${shortHash(lookStylesheet(look.colour))}/look-${colour}.css`,
    icon: `/assets/${shortHash(lookIcon(look.colour))}/icon-${colour}.svg`,
  };
}

/**
 * Finds a file by its name in `/assets/<hash>/<name>`.
 *
 * @returns the asset, and whether the hash is that of its content: while a new version is rolled out, an old process is
 * asked for new addresses, and what it answers must not be kept; undefined when there is no such file
 */
export function findAsset(hash: string, name: string): { asset: Asset; current: boolean } | undefined {
  const known = fixed.get(name);
  if (known !== undefined) return { asset: known, current: hash === version };
  const made = /^(look|icon)-([0-9a-f]{6})\.(css|svg)$/.exec(name);
  if (made === null) return undefined;
  const [, kind, colour, ending] = made;
  if (kind === 'look' && ending === 'css') return madeAsset(hash, 'text/css', lookStylesheet(`#${colour}`));
  if (kind === 'icon' && ending === 'svg') return madeAsset(hash, 'image/svg+xml', lookIcon(`#${colour}`));
  return undefined;
}

const compressed = new WeakMap<Asset, Map<Encoding, Promise<Buffer>>>();

/** The body in an encoding, compressed once. Small files are sent as they are. */
export async function encodeAsset(asset: Asset, accepted: string): Promise<{ body: Buffer; encoding: Encoding }> {
  const encoding = chooseEncoding(asset, accepted);
  if (encoding === 'identity') return { body: asset.body, encoding };
  const encodings = compressed.get(asset) ?? new Map<Encoding, Promise<Buffer>>();
  compressed.set(asset, encodings);
  const body = encodings.get(encoding) ?? compress(asset.body, encoding);
  encodings.set(encoding, body);
  return { body: await body, encoding };
}

function chooseEncoding(asset: Asset, accepted: string): Encoding {
  if (asset.body.length < 1400) return 'identity';
  if (/\bbr\b/.test(accepted)) return 'br';
  return /\bgzip\b/.test(accepted) ? 'gzip' : 'identity';
}

async function compress(body: Buffer, encoding: 'br' | 'gzip'): Promise<Buffer> {
  if (encoding === 'gzip') return promisify(gzip)(body, { level: 9 });
  return promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
}

function fixedAsset(name: string, path: string, type: string): Asset & { readonly name: string } {
  const body = readFileSync(path, 'utf8').replace(/\n?\/\/# sourceMappingURL=\S+\s*$/, '\n');
  return { name, contentType: `${type}; charset=utf-8`, body: Buffer.from(body) };
}

function madeAsset(hash: string, type: string, text: string): { asset: Asset; current: boolean } {
  return {
    asset: { contentType: `${type}; charset=utf-8`, body: Buffer.from(text) },
    current: hash === shortHash(text),
  };
}

function shortHash(...contents: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex').slice(0, 12);
}
