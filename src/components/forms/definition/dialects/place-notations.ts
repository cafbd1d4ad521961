import type { Component } from '../form.ts';
import { question } from './component-parts.ts';
import type { ComponentSource } from './component-parts.ts';

/** A place, typed into one box in a way that is known. */
export interface PlaceNotation {
  pattern: string;
  hint: string;
  mistake: string;
  /** The parts of `schema` with the limits of each number. */
  numbers: readonly string[];
}

export const osGridReference: PlaceNotation = {
  pattern: '^[A-Za-z]{2} ?(?:\\d{3} ?\\d{3}|\\d{4} ?\\d{4}|\\d{5} ?\\d{5})$',
  hint: 'An OS grid reference is 2 letters and 6, 8 or 10 digits, like TQ123456',
  mistake: 'Enter an OS grid reference in the correct format, like TQ123456',
  numbers: [],
};

export const fieldNumber: PlaceNotation = {
  pattern: '^[A-Za-z]{2} ?\\d{4} ?\\d{4}$',
  hint: 'A National Grid field number is 2 letters and 8 digits, like SO04188589',
  mistake: 'Enter a National Grid field number in the correct format, like SO04188589',
  numbers: [],
};

export const eastingNorthing: PlaceNotation = {
  pattern: '^\\d{1,6}(?:\\.\\d{1,3})?(?: ?, ?| )\\d{1,7}(?:\\.\\d{1,3})?$',
  hint: 'The easting, a comma and the northing, like 248741, 63688',
  mistake: 'Enter the easting, a comma and the northing, like 248741, 63688',
  numbers: ['easting', 'northing'],
};

export const latLong: PlaceNotation = {
  pattern: '^-?\\d{1,2}(?:\\.\\d{1,10})?(?: ?, ?| )-?\\d{1,3}(?:\\.\\d{1,10})?$',
  hint: 'The latitude, a comma and the longitude, like 51.519450, -0.127758',
  mistake: 'Enter the latitude, a comma and the longitude, like 51.519450, -0.127758',
  numbers: ['latitude', 'longitude'],
};

export function placeQuestion(from: ComponentSource, { pattern, hint, mistake, numbers }: PlaceNotation): Component {
  return question(from, (base) => ({
    ...base,
    kind: 'text',
    hint: base.hint ?? hint,
    messages: { 'string.pattern.base': mistake, ...base.messages },
    minLength: null,
    maxLength: null,
    exactLength: null,
    pattern,
    autocomplete: null,
    numbers: numbers.map((name) => {
      const limits = from.schema.look(name);
      return { name, min: limits.number('min'), max: limits.number('max') };
    }),
  }));
}
