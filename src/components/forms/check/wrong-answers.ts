import type { CompiledPage } from '../versions/compile.ts';
import type { CompiledQuestion, Posted } from '../questions/questions.ts';

/** A body that is right but for one question, and the field whose error it must get. */
export interface WrongPost {
  posted: Posted;
  field: string;
}

/** Texts that are wrong somewhere: no number, no date, no choice, no address, too long, of letters that nobody types. */
const wrongTexts = ['', '?', '-99999999999', '1e999', '99/99/9999', 'nobody@', 'x'.repeat(20_001), '\u202e<script>'];

/**
 * Finds for each question of a page that can be answered wrongly an answer that is wrong, among right ones to the others.
 *
 * @param right a body that the page takes.
 * @param today ISO date.
 */
export function findWrongPosts(page: CompiledPage, right: Posted, today: string): WrongPost[] {
  return page.questions.flatMap((question) => wrongPost(question, right, today) ?? []);
}

function wrongPost(asked: CompiledQuestion, right: Posted, today: string): WrongPost | null {
  const { key } = asked.question;
  const isOwn = (name: string): boolean => name === key || name.startsWith(`${key}-`);
  const others = Object.fromEntries(Object.entries(right).filter(([name]) => !isOwn(name)));
  const parts = ['day', 'month', 'year', 'time', 'addressLine1', 'town', 'postcode'].map((part) => `${key}-${part}`);
  for (const text of wrongTexts) {
    const own = Object.fromEntries([key, ...parts].map((name) => [name, text]));
    const posted = { ...others, ...own };
    const [mistake] = asked.parse(posted, { today }).mistakes;
    if (mistake) return { posted, field: mistake.field };
  }
  return null;
}
