import { ratings } from '#measures';

/** The question at the end of every form: what the confirmation page asks. The best comes first, as people expect it. */
export const opinionQuestion = {
  asksOpinion: true,
  ratings: ratings
    .map((text, index) => ({ value: String(index + 1), text: text.charAt(0).toUpperCase() + text.slice(1) }))
    .toReversed(),
} as const;
