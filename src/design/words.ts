/** The layout's own words. */
export interface LayoutWords {
  readonly skip: string;
  readonly back: string;
  readonly error: string;
  readonly problem: string;
  readonly languages: string;
  readonly newService: string;
  readonly feedback: string;
  readonly support: string;
  readonly accessibility: string;
  readonly cookies: string;
  readonly privacy: string;
  /** Before, in and after the link to the licence. */
  readonly licence: readonly [string, string, string];
}

const english: LayoutWords = {
  skip: 'Skip to main content',
  back: 'Back',
  error: 'Error:',
  problem: 'There is a problem',
  languages: 'Language',
  newService: 'This is a new service.',
  feedback: 'Help us improve it and give your feedback',
  support: 'Support links',
  accessibility: 'Accessibility statement',
  cookies: 'Cookies',
  privacy: 'Privacy',
  licence: [
    'All content is available under the',
    'Creative Commons Attribution 4.0 licence',
    ', except where otherwise stated.',
  ],
};

const welsh: LayoutWords = {
  skip: 'Neidio i’r prif gynnwys',
  back: 'Yn ôl',
  error: 'Gwall:',
  problem: 'Mae problem',
  languages: 'Iaith',
  newService: 'Mae hwn yn wasanaeth newydd.',
  feedback: 'Helpwch ni i’w wella a rhowch eich adborth',
  support: 'Dolenni cymorth',
  accessibility: 'Datganiad hygyrchedd',
  cookies: 'Cwcis',
  privacy: 'Preifatrwydd',
  licence: [
    'Mae’r holl gynnwys ar gael o dan y',
    'drwydded Creative Commons Attribution 4.0',
    ', oni nodir yn wahanol.',
  ],
};

const languages: Readonly<Record<string, LayoutWords>> = { en: english, cy: welsh };

/** The words of a language, or those of English where it has none. */
export function wordsOf(language: string | undefined): LayoutWords {
  return languages[(language ?? 'en').split('-')[0]?.toLowerCase() ?? ''] ?? english;
}
