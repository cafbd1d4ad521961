import type { ApprovalSubject, Rule, RulePack } from './packs.ts';

const million = 100_000_000;
const thousand = 100_000;

/*
 * What each rule was checked against, in words of ours. The guidance itself (Cabinet Office controls, versions 3.1 and
 * later) is no longer published; what quotes it at the time is named instead.
 */
const codeOf2013 =
  'Technology code of practice of the Government Service Design Manual, as it stood with version 3.1 of the Cabinet Office controls (2013)';
const codeOf2014 =
  'Technology code of practice of the Government Service Design Manual, as it stood with the red lines (2014 and later)';
const redLines =
  'Cabinet Office, “Government draws the line on bloated and wasteful IT contracts”, 24 January 2014; the same words are in the technology code of practice';
const letterOfJuly =
  'Digital team of the Department of Health, notes of 21 June and 24 July 2013, on the letter of the Efficiency and Reform Group of 3 or 4 July 2013';
const unconfirmed = 'Not confirmed: no text of the time that says it was found. Switch it off if you know better';

const noLikeForLike: Rule = {
  key: 'no-like-for-like-extension',
  kind: 'no like-for-like extension',
  words: 'A contract is not extended on like-for-like terms',
  source: unconfirmed,
  applies: true,
};

/**
 * The packs that the program brings: the spending controls of the United Kingdom, of which every amount can be changed.
 * Between May 2013 and January 2014 one amount changed, so there are three.
 */
export const unitedKingdomPacks: readonly RulePack[] = [
  {
    key: 'united-kingdom-2013',
    name: 'Spending controls of May 2013',
    source:
      'Cabinet Office controls, version 3.1, May 2013 (United Kingdom). The day in May is not confirmed; the first is taken',
    from: '2013-05-01',
    until: '2013-07-02',
    currency: 'GBP',
    addsUp: false,
    approver: 'Cabinet Office',
    rules: [
      ...ofTechnology(codeOf2013),
      ofNetworks(codeOf2013),
      approval('digital', 0, 'Anything spent on digital services needs approval', codeOf2013),
      noLikeForLike,
    ],
  },
  {
    key: 'united-kingdom-july-2013',
    name: 'Spending controls of July 2013',
    source:
      'Cabinet Office controls, with the letter of the Efficiency and Reform Group of 3 or 4 July 2013 that raised the threshold for digital (United Kingdom)',
    from: '2013-07-03',
    until: '2014-01-23',
    currency: 'GBP',
    addsUp: false,
    approver: 'Cabinet Office',
    rules: [
      ...ofTechnology(codeOf2013),
      ofNetworks(`${codeOf2013}. That it still held after July 2013 is not confirmed`),
      ...ofDigital(letterOfJuly),
      noLikeForLike,
    ],
  },
  {
    key: 'united-kingdom-2014',
    name: 'Spending controls of 2014',
    source:
      'Cabinet Office, red lines for IT contracts, 24 January 2014, and the spending controls of that year (United Kingdom). Later versions of the controls (version 5 of 2018, version 6 of 2024) are not in it',
    from: '2014-01-24',
    until: null,
    currency: 'GBP',
    // "Spending controls" of the same manual: programmes in pieces that are each below a threshold count as one.
    addsUp: true,
    approver: 'Cabinet Office',
    rules: [
      {
        key: 'value-limit',
        kind: 'value limit',
        threshold: 100 * million,
        words: 'No contract is worth more than 100 million',
        source: `${redLines}. “Unless there is an exceptional reason”`,
        applies: true,
      },
      {
        key: 'no-automatic-extension',
        kind: 'no automatic extension',
        words: 'No contract extends itself',
        source: `${redLines}. Other extensions need a compelling case, which no program can weigh`,
        applies: true,
      },
      {
        key: 'hosting-term',
        kind: 'term limit',
        contractKind: 'hosting',
        months: 24,
        words: 'Hosting is bought for no longer than two years',
        source: `${redLines}. It is for new contracts; later editions of the code say “cloud hosting”`,
        applies: true,
      },
      {
        key: 'separate-roles',
        kind: 'separate roles',
        roles: ['service provision', 'integration'],
        words: 'No supplier both provides a service and integrates it in the same part of government',
        source: redLines,
        applies: true,
      },
      ...ofTechnology(`${codeOf2014}. Networks are in it`),
      ...ofDigital(codeOf2014),
    ],
  },
];

function ofTechnology(source: string): Rule[] {
  return [
    approval('technology', 5 * million, 'Technology of 5 million or more over its life needs approval', source),
    approval('back office', million, 'Back-office systems of 1 million or more over their life need approval', source),
  ];
}

function ofNetworks(source: string): Rule {
  return approval(
    'network infrastructure',
    100 * thousand,
    'Network infrastructure of 100 thousand or more needs approval',
    `${source}. Its words are “common infrastructure solutions” for the public sector network`,
  );
}

function ofDigital(source: string): Rule[] {
  return [
    approval('digital', 100 * thousand, 'Digital services of 100 thousand or more need approval', source),
    approval(
      'identity and new transactions',
      0,
      'Anything for identity, and any new transaction for the public, needs approval',
      `${source}. So do domain names, websites and mobile apps, which the map does not tell apart`,
    ),
  ];
}

function approval(about: ApprovalSubject, threshold: number, words: string, source: string): Rule {
  return {
    key: `approval-${about.replaceAll(' ', '-')}`,
    kind: 'approval',
    about,
    threshold,
    words,
    source,
    applies: true,
  };
}
