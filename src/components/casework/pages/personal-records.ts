import { escapeHtml, formatDateTime } from '#design';

/** A record of any part as a summary list's rows: what it calls a field, and what the field holds. */
export function describeRecord(
  record: Readonly<Record<string, unknown>>,
  timeZone: string,
): { key: { text: string }; value: { html: string } }[] {
  return Object.entries(record).map(([name, value]) => {
    const lines = linesOf(value, timeZone);
    return {
      key: { text: labelOf(name) },
      value: { html: lines.length === 0 ? 'None' : lines.map(escapeHtml).join('<br>') },
    };
  });
}

/** A value as lines: each thing in a list and each field of a thing is a line of its own. */
function linesOf(value: unknown, timeZone: string): string[] {
  if (value === null || value === undefined || value === '') return [];
  if (Array.isArray(value)) return value.flatMap((each) => linesOf(each, timeZone));
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([name, inner]) => {
      const lines = linesOf(inner, timeZone);
      return lines.length === 0 ? [] : [`${labelOf(name)}: ${lines.join(', ')}`];
    });
  }
  if (typeof value === 'boolean') return [value ? 'Yes' : 'No'];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'string') return [];
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(value)) return [formatDateTime(value, timeZone)];
  return value.split('\n');
}

/** `openedAt` as people write it: `Opened at`. */
function labelOf(name: string): string {
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
