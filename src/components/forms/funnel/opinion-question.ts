import type { Words } from '../words/words.ts';

/** The question at the end of every form: what the confirmation page asks. The best comes first, as people expect it. */
export function opinionQuestion({ opinion }: Words): {
  asksOpinion: true;
  ratings: { value: string; text: string }[];
} {
  const { best, good, middle, bad, worst } = opinion;
  return {
    asksOpinion: true,
    ratings: [best, good, middle, bad, worst].map((text, index) => ({ value: String(5 - index), text })),
  };
}
