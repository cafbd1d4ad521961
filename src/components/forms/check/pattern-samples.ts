/**
 * Texts that are likely to match a regular expression: for walking through a form without knowing what its patterns mean.
 * Takes the simple parts of the language, and leaves out what it does not know: who uses a sample tests it.
 */
export function sampleOfPattern(pattern: string): string[] {
  if (pattern.length > 1_000) return [];
  const samples = new Set<string>();
  // Each round takes another branch and another number of repeats.
  for (let round = 0; round < 12; round++) samples.add(new Sampler(pattern, round).sample());
  return [...samples].filter((sample) => sample !== '');
}

const longest = 200;

class Sampler {
  readonly #pattern: string;
  readonly #round: number;
  #at = 0;
  #depth = 0;

  constructor(pattern: string, round: number) {
    this.#pattern = pattern.replace(/^\(\?[a-z]+\)/, '');
    this.#round = round;
  }

  sample(): string {
    return this.#branches();
  }

  #branches(): string {
    const branches = [this.#sequence()];
    while (this.#pattern[this.#at] === '|') {
      this.#at++;
      branches.push(this.#sequence());
    }
    return branches[this.#round % branches.length] ?? '';
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] ?? '')) {
      const piece = this.#piece();
      const repeats = this.#repeats();
      text = (text + piece.repeat(repeats)).slice(0, longest);
    }
    return text;
  }

  #piece(): string {
    const sign = this.#pattern[this.#at++] ?? '';
    if (sign === '(') return this.#group();
    if (sign === '[') return this.#class();
    if (sign === '\\') return this.#escape(this.#pattern[this.#at++] ?? '');
    if (sign === '^' || sign === '$') return '';
    return sign === '.' ? 'a' : sign;
  }

  #group(): string {
    const look = /^\?(?:[=!]|<[=!])/.exec(this.#pattern.slice(this.#at, this.#at + 3));
    const named = /^\?(?::|P?<\w{1,50}>)/.exec(this.#pattern.slice(this.#at, this.#at + 60));
    this.#at += (look ?? named)?.[0].length ?? 0;
    if (++this.#depth > 100) this.#at = this.#pattern.length;
    const text = this.#branches();
    this.#depth--;
    this.#at++;
    return look ? '' : text;
  }

  /** One of the characters, another in each round. */
  #class(): string {
    const not = this.#pattern[this.#at] === '^';
    if (not) this.#at++;
    const members: string[] = [];
    for (let first = true; this.#at < this.#pattern.length; first = false) {
      let sign = this.#pattern[this.#at++] ?? '';
      if (sign === ']' && !first) break;
      if (sign === '\\') sign = this.#escape(this.#pattern[this.#at++] ?? '');
      const to = this.#pattern[this.#at + 1];
      if (this.#pattern[this.#at] === '-' && to !== undefined && to !== ']') {
        this.#at += 2;
        members.push(sign, to);
      } else members.push(sign);
    }
    if (!not) return members[this.#round % Math.max(members.length, 1)] ?? '';
    return ['a', 'B', '1', ' ', '-'].find((sign) => !members.includes(sign)) ?? 'z';
  }

  #escape(sign: string): string {
    if (sign === 'd') return String((this.#round + 1) % 10);
    if (sign === 'w' || sign === 'D' || sign === 'S') return 'a';
    if (sign === 's' || sign === 'W') return ' ';
    if (sign === 'b' || sign === 'B') return '';
    if (sign === 'n' || sign === 't' || sign === 'r') return ' ';
    if (sign === 'p' || sign === 'P') {
      const end = this.#pattern.indexOf('}', this.#at);
      if (this.#pattern[this.#at] === '{' && end !== -1) this.#at = end + 1;
      return 'A';
    }
    return sign;
  }

  #repeats(): number {
    const rest = this.#pattern.slice(this.#at, this.#at + 12);
    const counted = /^\{(\d{1,4})(,(\d{1,4})?)?\}\??/.exec(rest);
    if (counted) {
      this.#at += counted[0].length;
      const least = Number(counted[1]);
      const most = counted[2] === undefined ? least : Number(counted[3] ?? least + 3);
      return Math.min(least + (this.#round % (Math.max(most - least, 0) + 1)), longest);
    }
    const sign = /^[*+?]\??/.exec(rest)?.[0] ?? '';
    this.#at += sign.length;
    if (sign === '') return 1;
    const more = this.#round % 3;
    if (sign.startsWith('?')) return more === 0 ? 0 : 1;
    return sign.startsWith('+') ? 1 + more * 3 : more * 3;
  }
}
