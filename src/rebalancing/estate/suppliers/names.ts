/**
 * A name as it is compared, so that "Kelvin & Sons Limited" and "KELVIN AND SONS LTD." are one: lower case, without
 * accents, punctuation, and words that only say what kind of company or office it is at the end.
 */
export function nameKey(name: string): string {
  const words = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replaceAll(/['’`]/g, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .split(' ')
    .filter((word) => word !== 'the');
  while (words.length > 1 && endings.has(words.at(-1) ?? '')) words.pop();
  const key = words.join(' ');
  // A name that is nothing but punctuation is still a name.
  return key === '' ? name.trim().toLowerCase() : key;
}

/** The name of a system, which may end in any word. */
export function systemKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

const endings = new Set([
  'limited',
  'ltd',
  'plc',
  'llp',
  'llc',
  'inc',
  'incorporated',
  'corp',
  'corporation',
  'gmbh',
  'ag',
  'bv',
  'nv',
  'sa',
  'sarl',
  'spa',
  'pty',
  'co',
  'company',
]);
