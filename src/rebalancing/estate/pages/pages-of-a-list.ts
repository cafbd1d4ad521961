/**
 * The page of a list that an address asks for, counted from 1: the first where it asks for none, and the last where it asks for
 * one beyond the end.
 *
 * @param asked what the address says, whatever that is.
 */
export function pageOf(asked: string | undefined, items: number, perPage: number): number {
  const last = Math.max(1, Math.ceil(items / perPage));
  return Math.min(Math.max(1, Math.floor(Number(asked)) || 1), last);
}
