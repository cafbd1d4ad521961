import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ComponentType,
  ConditionType,
  ControllerType,
  formDefinitionSchema,
  formDefinitionV2Schema,
  OperatorName,
} from '@defra/forms-model';
import { readDefinition } from '../definition/definition.ts';
import { writeDefraV2 } from '../definition/dialects/write-defra-v2.ts';
import { checkDefinition, describeCheck } from './check.ts';
import { communities } from './written/communities.fixture.ts';
import { defraV1 } from './written/defra-v1.fixture.ts';
import { defraV2, defraV2WithPayment } from './written/defra-v2.fixture.ts';
import { xgov, xgovWithFees } from './written/xgov.fixture.ts';

const today = '2026-03-31';

const written = { defraV2, defraV2WithPayment, defraV1, xgov, xgovWithFees, communities };

/** What is said of a form that can be run as it is, and why. */
const expected: Readonly<Record<string, readonly RegExp[]>> = {
  defraV2WithPayment: [/asks for a payment/],
  xgov: [/sharp enough/, /becomes a case here/],
  xgovWithFees: [/asks for a payment/],
  communities: [
    /not checked together/,
    /not checked together/,
    /looked up/,
    /looked up/,
    /link in an e-mail/,
    /becomes a case here/,
  ],
};

for (const [name, definition] of Object.entries(written)) {
  test(`a form that uses all that its dialect knows can be gone through whole: ${name}`, () => {
    const check = checkDefinition(JSON.stringify(definition), today);
    const said = describeCheck(name, check).join('\n');
    assert.ok(check.completed, said);
    assert.deepEqual(check.pagesCovered.missed, [], said);
    assert.deepEqual(check.conditionsBothWays.missed, [], said);
    const wanted = expected[name] ?? [];
    assert.equal(check.problems.length, wanted.length, said);
    for (const [index, pattern] of wanted.entries()) assert.match(check.problems[index]?.message ?? '', pattern);
  });

  test(`and, written in DEFRA’s V2 dialect, is one that DEFRA’s own schema takes: ${name}`, () => {
    const { form } = readDefinition(definition);
    const { definition: rewritten } = writeDefraV2(form ?? assert.fail());
    assert.equal(formDefinitionV2Schema.validate(rewritten, { abortEarly: false }).error, undefined);
    const check = checkDefinition(JSON.stringify(rewritten), today);
    assert.ok(check.completed, describeCheck(name, check).join('\n'));
    assert.deepEqual(check.pagesCovered.missed, [], describeCheck(name, check).join('\n'));
  });
}

/** Every text of a definition, wherever it stands. */
const textsOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [value];

test('the written forms of DEFRA’s dialects are such, and leave out nothing that its enumerations have', () => {
  for (const definition of [defraV2, defraV2WithPayment]) {
    assert.equal(formDefinitionV2Schema.validate(definition, { abortEarly: false }).error, undefined);
  }
  assert.equal(formDefinitionSchema.validate(defraV1, { abortEarly: false }).error, undefined);
  const texts = new Set(textsOf([defraV2WithPayment, { ...defraV2, pages: defraV2.pages.slice(0, 1) }, defraV1]));
  for (const type of [ComponentType, OperatorName].flatMap((each) => Object.values<string>(each))) {
    assert.ok(texts.has(type), `nothing is of the type ${type}`);
  }
  const elsewhere: readonly string[] = [ConditionType.Value, ControllerType.Summary];
  for (const type of [ConditionType, ControllerType].flatMap((each) => Object.values<string>(each))) {
    assert.ok(texts.has(type) || elsewhere.includes(type), `nothing is of the type ${type}`);
  }
});
