/** Words that led to a need, with how much each weighed: what is shown to the person who confirms it. */
export interface Guess {
  readonly needKey: string;
  /** Between 0 and 1: how much more likely it is than the other needs together, by these words alone. */
  readonly confidence: number;
  readonly words: readonly { readonly word: string; readonly weight: number }[];
}

/** Words of systems whose need a person has confirmed: what is learned from. */
export interface Example {
  readonly needKey: string;
  readonly text: string;
}

export interface Classifier {
  /** The likeliest need of what is described so; null where no word of it says anything. */
  guess(text: string): Guess | null;
}

/** How much a word of the taxonomy counts against one confirmed system that has it. */
const seedWeight = 2;

/** What a word counts for a need that never had it: little, so that one telling word is enough for a guess. */
const smoothing = 0.02;

/**
 * Learns which words lead to which need: from the words of the taxonomy, and from every system whose need was confirmed.
 *
 * It is naive Bayes smoothed a little, told as weights: a word's weight for a need is the logarithm of how much
 * likelier it is among that need's words than among all words. Nothing is hidden: the sum of the shown weights decides.
 */
export function learnNeeds(
  needs: readonly { readonly key: string; readonly name: string; readonly words: readonly string[] }[],
  examples: readonly Example[],
): Classifier {
  const counts = new Map<string, Map<string, number>>();
  const totals = new Map<string, number>();
  const overall = new Map<string, number>();
  let all = 0;
  const count = (needKey: string, word: string, weight: number): void => {
    const words = counts.get(needKey) ?? new Map<string, number>();
    words.set(word, (words.get(word) ?? 0) + weight);
    counts.set(needKey, words);
    totals.set(needKey, (totals.get(needKey) ?? 0) + weight);
    overall.set(word, (overall.get(word) ?? 0) + weight);
    all += weight;
  };
  for (const { key, name, words } of needs) {
    for (const word of new Set([...words.flatMap(wordsOf), ...wordsOf(name)])) count(key, word, seedWeight);
  }
  const known = new Set(needs.map((need) => need.key));
  for (const { needKey, text } of examples) {
    if (known.has(needKey)) for (const word of new Set(wordsOf(text))) count(needKey, word, 1);
  }

  return {
    guess(text) {
      const words = [...new Set(wordsOf(text))].filter((word) => overall.has(word));
      if (words.length === 0) return null;
      const scores = needs.map(({ key }) => {
        const own = counts.get(key);
        const total = totals.get(key) ?? 0;
        const weights = words.map((word) => {
          const here = ((own?.get(word) ?? 0) + smoothing) / (total + smoothing * overall.size);
          const anywhere = (overall.get(word) ?? 0) / all;
          return { word, weight: Math.log(here / anywhere) };
        });
        return { key, weights, score: weights.reduce((sum, each) => sum + each.weight, 0) };
      });
      const best = scores.reduce((one, other) => (other.score > one.score ? other : one));
      const led = best.weights.filter(({ weight }) => weight > 0).toSorted((one, other) => other.weight - one.weight);
      if (led.length === 0) return null;
      const sum = scores.reduce((before, { score }) => before + Math.exp(score - best.score), 0);
      return { needKey: best.key, confidence: 1 / sum, words: led };
    },
  };
}

/** The words of a text as they are counted: lower case, without endings that say nothing. */
export function wordsOf(text: string): string[] {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 2 && !empty.has(word))
    .map(stem);
}

/** A plural and its singular are one word. */
function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:x|ch|sh|ss)es$/.test(word)) return word.slice(0, -2);
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

const empty = new Set(
  'the and for with from that this are was has have its their all any can not who which what where used using use system systems service services application software solution data new'.split(
    ' ',
  ),
);
