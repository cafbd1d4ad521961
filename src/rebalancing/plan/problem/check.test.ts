import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallProblem } from '../small-problems.fixture.ts';
import { checkProblem, findCycles } from './check.ts';
import type { Contract, Problem, SystemPart } from './problem.ts';

const sound = smallProblem(3);

function withPart(change: Partial<SystemPart>): Problem {
  return { ...sound, parts: sound.parts.map((part, index) => (index === 0 ? { ...part, ...change } : part)) };
}

function withContract(change: Partial<Contract>): Problem {
  const found = sound.parts.find(({ contract }) => contract !== null)?.contract;
  if (found === undefined || found === null) throw new Error('The problem has no contract.');
  return withPart({ contract: { ...found, name: 'Ledger licence', ...change } });
}

test('a sound problem has nothing wrong with it', () => {
  for (let seed = 1; seed <= 100; seed += 1) assert.deepEqual(checkProblem(smallProblem(seed)), [], `seed ${seed}`);
});

test('a circle of dependencies is named in words, in its order', () => {
  const waits = (after: string, before: string) => ({ before, after, lagQuarters: 0, ways: null, because: 'it must' });
  const [message, ...more] = checkProblem({
    ...sound,
    precedence: [waits('p1', 'p2'), waits('p2', 'p3'), waits('p3', 'p1'), waits('p4', 'p1')],
  });
  assert.equal(
    message,
    'These parts wait for each other in a circle: "Part 1" waits for "Part 2" waits for "Part 3" waits for "Part 1". Remove one of these dependencies.',
  );
  assert.deepEqual(more, []);
  assert.equal(checkProblem({ ...sound, precedence: [waits('p5', 'p5')] }).length, 1);
});

test('a chain of a hundred thousand dependencies is gone through without running out of stack', () => {
  const precedence = Array.from({ length: 100_000 }, (_, index) => ({
    before: `p${index}`,
    after: `p${index + 1}`,
    lagQuarters: 0,
    ways: null,
    because: '',
  }));
  assert.deepEqual(findCycles({ precedence }), []);
});

test('nonsense in a problem is refused in words that name it', () => {
  const cases: readonly (readonly [Problem, RegExp])[] = [
    [{ ...sound, startsOn: '2026-02-31' }, /starts on "2026-02-31", which is not a date/],
    [{ ...sound, quarters: 0 }, /between 1 and 60 quarters/],
    [{ ...sound, discountRate: -0.1 }, /discount rate must be a share/],
    [withPart({ annualCost: -5 }), /"Part 0" costs a year is -5, and must be 0 or more/],
    [withPart({ annualCost: Number.NaN }), /costs a year is NaN/],
    [withPart({ departmentId: 'nowhere' }), /the department "nowhere", which is not there/],
    [withContract({ endsOn: '31/03/2027' }), /"Ledger licence" ends on "31\/03\/2027", which is not a date/],
    [withContract({ tacitMonths: 1 }), /renews tacitly by 1 months/],
    [withContract({ annualCost: -1 }), /"Ledger licence" costs a year is -1/],
    [{ ...sound, parts: [...sound.parts, ...sound.parts.slice(0, 1)] }, /Two entries have the id "p0" of a part/],
    [{ ...sound, budgets: [{ year: 0, most: -1 }] }, /budget of year 1 is -1/],
    [{ ...sound, departments: sound.departments.map((each) => ({ ...each, capacity: [1] })) }, /capacity as 8 numbers/],
    [{ ...sound, fixed: [{ partId: 'p99', startQuarter: 1, wayId: null, because: '' }] }, /names the part "p99"/],
  ];
  for (const [problem, message] of cases) assert.match(checkProblem(problem).join('\n'), message);
});
