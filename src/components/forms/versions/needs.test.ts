import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { findAddress, journeyAt } from '../journey/address.ts';
import { compileForm } from './compile.ts';
import type { CompiledForm, Journey, Saved } from './compile.ts';
import { readDefinition } from '../definition/definition.ts';
import type { Answers } from '../definition/form.ts';
import { comparison, condition, form, page, question } from '../definition/forms.fixture.ts';
import type { PageNeeds } from './needs.ts';

const today = '2026-03-31';

function compiled(definition: unknown): CompiledForm {
  const { form: read, problems } = readDefinition(definition);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  return compileForm(read ?? assert.fail());
}

/** What the database gives of an application for what a page needs. */
function load(saved: Saved, { answers, presence, within = [], names = [] }: PageNeeds): Saved {
  const loaded = new Map<string, Answers>();
  for (const [key, value] of saved) {
    if (answers.includes(key) || within.some((beginning) => key.startsWith(beginning))) loaded.set(key, value);
    else if (presence.includes(key) || names.some((beginning) => key.startsWith(beginning))) loaded.set(key, {});
  }
  return loaded;
}

/** What a page shows of where a person is. */
function view(journey: Journey, of: CompiledForm, key: string) {
  const address = findAddress(of, key) ?? assert.fail(key);
  const inside = journeyAt(journey, address);
  const { page: at } = address;
  const keyOf = (each: ReturnType<Journey['nextPage']>): string | null => each && inside.keyOf(each);
  return {
    reachable: inside.isReachable(at),
    next: keyOf(inside.nextPage(at)),
    before: inside.keyBefore(at),
    previous: keyOf(inside.previousPage(at)),
    shown: inside.shownParts(at).length,
    items: at.repeat ? inside.itemsOf(at) : [],
    label: inside.items.map(({ title }) => title),
  };
}

/** Answers each page as it is come to; at each, what was loaded for it must show the same as all would. */
function goThrough(of: CompiledForm, answerTo: (key: string) => boolean, itemsOf: (key: string) => number): void {
  const saved = new Map<string, Answers>();
  const check = (key: string): void => {
    const { needs } = findAddress(of, key) ?? assert.fail(key);
    const partial = view(of.journey(load(saved, needs), today), of, key);
    assert.deepEqual(partial, view(of.journey(saved, today), of, key), `${key} of ${JSON.stringify([...saved])}`);
  };
  const follow = (inside: () => Journey): void => {
    let at = inside().askedPages()[0] ?? null;
    const met = new Set<string>();
    while (at) {
      const key = inside().keyOf(at);
      if (met.has(key) || at.page.kind === 'terminal') return;
      met.add(key);
      check(key);
      const own = at;
      if (own.repeat) {
        for (let number = 0; number < itemsOf(key); number++) follow(() => inside().inItem(own, `a${number}`));
        saved.set(key, {});
      } else
        saved.set(
          key,
          Object.fromEntries(own.questions.map((each) => [each.question.key, answerTo(each.question.key)])),
        );
      check(key);
      at = inside().nextPage(own);
    }
  };
  follow(() => of.journey(saved, today));
  // Later changes of earlier answers, too.
  for (const key of [...saved.keys()].slice(0, 3)) {
    const before = saved.get(key) ?? {};
    saved.set(key, Object.fromEntries(Object.entries(before).map(([name, value]) => [name, value !== true])));
    for (const each of saved.keys()) {
      const { reachable } = view(of.journey(saved, today), of, each);
      if (reachable && of.form.flow === 'order') check(each);
    }
  }
}

const count = 9;
const links = fc.array(
  fc.record({ to: fc.integer({ min: 1, max: 4 }), about: fc.option(fc.integer({ min: 0, max: count - 1 })) }),
  { minLength: 1, maxLength: 3 },
);
const bits = fc.array(fc.boolean(), { minLength: 2 * count, maxLength: 2 * count });

test('what a page of linked pages loads shows the same as all answers would, however they are linked', () => {
  fc.assert(
    fc.property(fc.array(links, { minLength: count, maxLength: count }), bits, (ways, answers) => {
      const pages = ways.map((own, index) => ({
        path: `/p${index}`,
        title: `Page ${index}`,
        components: [{ type: 'YesNoField', name: `q${index}`, title: `Question ${index}`, options: {}, schema: {} }],
        next: own.map(({ to, about }) => ({
          path: index + to >= count ? '/end' : `/p${index + to}`,
          ...(about === null ? {} : { condition: `c${about}` }),
        })),
      }));
      const conditions = Array.from({ length: count }, (_, index) => ({
        name: `c${index}`,
        displayName: `c${index}`,
        value: `q${index} == true`,
      }));
      const end = { path: '/end', title: 'End', controller: './pages/summary.js' };
      const linked = { version: 2, startPage: '/p0', pages: [...pages, end], lists: [], sections: [], conditions };
      goThrough(
        compiled(linked),
        (key) => answers[Number(key.slice(1))] ?? false,
        () => 0,
      );
    }),
    { numRuns: 400 },
  );
});

test('what a page in order loads shows the same as all answers would, in repeats and in repeats inside them', () => {
  const about = fc.option(fc.integer({ min: 0, max: count - 1 }));
  const repeats = fc.constantFrom(null, null, 'dog', 'puppy', 'cat');
  const made = fc.array(fc.record({ about, shown: about, repeat: repeats }), { minLength: count, maxLength: count });
  fc.assert(
    fc.property(made, bits, fc.integer({ min: 0, max: 2 }), (specs, answers, items) => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
      const used = new Set<string>();
      let last: string | null = null;
      const pages = specs.map(({ about: asked, shown, repeat }, index) => {
        // A repeat is not begun twice.
        const own: string | null = repeat !== null && (repeat === last || !used.has(repeat)) ? repeat : null;
        if (own !== null) used.add(own);
        last = own;
        const second = question('YesNoField', `${names[index]}${names[index]}`, 'Also?', {
          options: shown === null ? {} : { condition: `c${shown}` },
        });
        return page(`/p${index}`, [question('YesNoField', names[index] ?? '', 'Well?'), second], {
          ...(asked === null ? {} : { condition: `c${asked}` }),
          ...(own === null
            ? {}
            : {
                controller: 'RepeatPageController',
                repeat: { options: { name: own, title: own }, schema: { min: 1, max: 5 } },
              }),
        });
      });
      const conditions = names.map((name, index) =>
        condition(`c${index}`, [comparison(name, 'is', 'BooleanValue', true)]),
      );
      const metadata = { repeats: { puppy: { within: 'dog' } } };
      goThrough(
        compiled(form({ pages, conditions, metadata })),
        (key) => answers[names.indexOf(key.slice(0, 1))] ?? false,
        () => items,
      );
    }),
    { numRuns: 400 },
  );
});

test('an answer inside an item that turns on one outside brings that one along', () => {
  const within = {
    controller: 'RepeatPageController',
    repeat: { options: { name: 'cat', title: 'Cat' }, schema: { min: 1, max: 5 } },
  };
  const asks = (path: string, name: string, parts: Readonly<Record<string, unknown>> = {}) =>
    page(path, [question('YesNoField', name, 'Well?')], parts);
  const of = compiled(
    form({
      pages: [
        asks('/vet', 'vet'),
        asks('/other', 'other'),
        asks('/cat', 'cat', within),
        asks('/ill', 'ill', { ...within, condition: 'vetted' }),
        asks('/between', 'between'),
        asks('/hospital', 'hospital', { condition: 'isIll' }),
        asks('/end', 'end'),
      ],
      conditions: [
        condition('vetted', [comparison('vet', 'is', 'BooleanValue', true)]),
        condition('isIll', [comparison('ill', 'is', 'BooleanValue', true)]),
      ],
    }),
  );
  const { needs } = findAddress(of, 'between') ?? assert.fail();
  assert.ok(needs.answers.includes('vet'));
  assert.ok(!needs.answers.includes('other'));
  goThrough(
    of,
    () => true,
    () => 1,
  );
});

test('the last of five hundred linked pages with a choice on each needs no more than the second', () => {
  const pages = Array.from({ length: 500 }, (_, index) => [
    {
      path: `/p${index}`,
      title: 'Page',
      components: [{ type: 'YesNoField', name: `q${index}`, title: 'Question', options: {}, schema: {} }],
      next: [{ path: `/m${index}`, condition: `c${index}` }, { path: `/p${index + 1}` }],
    },
    {
      path: `/m${index}`,
      title: 'More',
      components: [{ type: 'YesNoField', name: `m${index}`, title: 'More', options: {}, schema: {} }],
      next: [{ path: `/p${index + 1}` }],
    },
  ]).flat();
  const conditions = Array.from({ length: 500 }, (_, index) => ({
    name: `c${index}`,
    displayName: `c${index}`,
    value: `q${index} == true`,
  }));
  const long = compiled({ version: 2, startPage: '/p0', pages, lists: [], sections: [], conditions });
  assert.deepEqual(long.bySlug.get('m499')?.needs.answers, ['m499', 'q499'.replace('q', 'p')]);
  assert.deepEqual([...(long.bySlug.get('p499')?.needs.answers ?? [])].toSorted(), ['p498', 'p499']);
});
