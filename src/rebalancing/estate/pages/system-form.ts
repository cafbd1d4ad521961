import { aboutAreas, areas } from '../areas.ts';
import type { Need } from '../needs/needs.ts';
import type { Part } from '../systems/parts.ts';
import { fits, hostings, lifecycles, sensitivities, type System, type SystemValues } from '../systems/systems.ts';
import type { Answer, FormField } from './form-fields.ts';

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const same = (choices: readonly string[]): (readonly [string, string])[] =>
  choices.map((each) => [each, capital(each)]);
const fitChoices = fits.map((name, index) => [String(index + 1), `${index + 1}, ${name}`] as const);

/** What is asked about a system, in the order in which it is asked. */
export const systemForm: readonly FormField[] = [
  { name: 'name', label: 'Name', kind: 'text', hint: 'The name that its users know' },
  { name: 'reference', label: 'Reference', kind: 'text', hint: 'Its number in your own lists, if it has one' },
  { name: 'description', label: 'What it does', kind: 'words' },
  { name: 'area', label: 'Area', kind: 'choice', choices: areas.map((area) => [area, aboutAreas[area].name]) },
  { name: 'owner', label: 'Who answers for it', kind: 'text', hint: 'A team or a post, not a person' },
  { name: 'users', label: 'Users', kind: 'whole', hint: 'How many people use it in a year' },
  { name: 'yearlyTransactions', label: 'Transactions a year', kind: 'whole' },
  { name: 'hosting', label: 'Where it runs', kind: 'choice', choices: same(hostings) },
  { name: 'sensitivity', label: 'Sensitivity of its data', kind: 'choice', choices: same(sensitivities) },
  { name: 'lifecycle', label: 'Where it is in its life', kind: 'choice', choices: same(lifecycles) },
  {
    name: 'businessFit',
    label: 'Business fit',
    kind: 'choice',
    choices: fitChoices,
    hint: 'How well it does what is needed',
  },
  {
    name: 'technicalFit',
    label: 'Technical fit',
    kind: 'choice',
    choices: fitChoices,
    hint: 'How sound it is technically',
  },
];

/** What is asked about a part of a system. */
export function partForm(needs: readonly Need[]): FormField[] {
  return [
    {
      name: 'needKey',
      label: 'What it is needed for',
      kind: 'choice',
      choices: needs.map((need) => [need.key, need.name]),
    },
    { name: 'people', label: 'Cost a year of people', kind: 'money' },
    { name: 'licences', label: 'Cost a year of licences', kind: 'money' },
    {
      name: 'services',
      label: 'Cost a year of services',
      kind: 'money',
      hint: 'What suppliers are paid under contracts',
    },
    { name: 'equipment', label: 'Cost a year of equipment', kind: 'money' },
    { name: 'other', label: 'Other cost a year', kind: 'money' },
  ];
}

/** What is known of a system, by the names of the form's fields. */
export function knownOf(system: System): Record<string, Answer> {
  const fit = (value: number | null): string | null => (value === null ? null : String(value));
  return {
    name: system.name,
    reference: system.reference,
    description: system.description,
    area: system.area,
    owner: system.owner,
    users: system.users,
    yearlyTransactions: system.yearlyTransactions,
    hosting: system.hosting,
    sensitivity: system.sensitivity,
    lifecycle: system.lifecycle,
    businessFit: fit(system.businessFit),
    technicalFit: fit(system.technicalFit),
  };
}

export function knownOfPart(part: Part | undefined): Record<string, Answer> {
  return {
    needKey: part?.needKey ?? null,
    people: part?.costs.people ?? null,
    licences: part?.costs.licences ?? null,
    services: part?.costs.services ?? null,
    equipment: part?.costs.equipment ?? null,
    other: part?.costs.other ?? null,
  };
}

/** What was answered, as `saveSystem` takes it. Fields that are not in it were not asked. */
export function valuesOf(said: Readonly<Record<string, Answer>>): Omit<SystemValues, 'departmentId' | 'name'> {
  const has = (name: string): boolean => Object.hasOwn(said, name);
  const text = (name: string): string | null => {
    const value = said[name];
    return typeof value === 'string' ? value : null;
  };
  const number = (name: string): number | null => {
    const value = said[name];
    return value === null || value === undefined || value === '' ? null : Number(value);
  };
  const pick = <T extends string>(choices: readonly T[], name: string): T | null =>
    choices.find((each) => each === text(name)) ?? null;
  return {
    ...(has('reference') ? { reference: text('reference') } : {}),
    ...(has('description') ? { description: text('description') ?? '' } : {}),
    ...(has('area') ? { area: pick(areas, 'area') } : {}),
    ...(has('owner') ? { owner: text('owner') } : {}),
    ...(has('users') ? { users: number('users') } : {}),
    ...(has('yearlyTransactions') ? { yearlyTransactions: number('yearlyTransactions') } : {}),
    ...(has('hosting') ? { hosting: pick(hostings, 'hosting') } : {}),
    ...(has('sensitivity') ? { sensitivity: pick(sensitivities, 'sensitivity') } : {}),
    ...(has('lifecycle') ? { lifecycle: pick(lifecycles, 'lifecycle') } : {}),
    ...(has('businessFit') ? { businessFit: number('businessFit') } : {}),
    ...(has('technicalFit') ? { technicalFit: number('technicalFit') } : {}),
  };
}
