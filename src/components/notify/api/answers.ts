import { Type, type TProperties, type TSchema } from 'typebox';
import { templateTypes } from '../templates/templates.ts';

/** What the calls answer, for OpenAPI: nothing is taken out of an answer by these. */

const text = Type.String();
const uuid = Type.String({ format: 'uuid' });
const time = Type.String({ format: 'date-time' });
const address = Type.String({ format: 'uri' });
const count = Type.Integer({ minimum: 0 });
const channel = Type.Enum([...templateTypes]);
const maybe = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const exactly = <Properties extends TProperties>(properties: Properties, description?: string) =>
  Type.Object(properties, {
    additionalProperties: false,
    ...(description === undefined ? {} : { description }),
  });

const refusal = exactly(
  {
    status_code: Type.Integer({ minimum: 400, maximum: 599 }),
    errors: Type.Array(exactly({ error: text, message: text }), { minItems: 1 }),
  },
  'What was wrong. `error` is its kind; `message` says what to change.',
);

/** The answers of a call: what it gives where all is well, and the one shape of everything that can go wrong. */
export function answers<Schema extends TSchema, Status extends 200 | 201>(status: Status, schema: Schema) {
  return { response: { [status]: schema, '4xx': refusal, '5xx': refusal } };
}

/** The answers of a call that gives nothing. */
export function answersNothing() {
  return {
    response: {
      204: Type.Unsafe<undefined>({ type: 'null', description: 'It is done.' }),
      '4xx': refusal,
      '5xx': refusal,
    },
  };
}

/** The answers of a call that gives a PDF. */
export function answersPdf() {
  const pdf = {
    description: 'The letter',
    content: { 'application/pdf': { schema: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }) } },
  };
  return { response: { 200: pdf, '4xx': refusal, '5xx': refusal } };
}

const templateLink = { id: uuid, version: count, uri: text };
const accepted = {
  id: uuid,
  reference: maybe(text),
  uri: address,
  template: exactly(templateLink),
  scheduled_for: maybe(time),
};

export const acceptedText = exactly({ ...accepted, content: exactly({ body: text, from_number: text }) });

export const acceptedEmail = exactly({
  ...accepted,
  content: exactly({ subject: text, body: text, from_email: text, one_click_unsubscribe_url: maybe(text) }),
  sanitised_content: Type.Record(text, exactly({ original: text, sanitised: text }), {
    description: 'The values that were changed because they come from strangers.',
  }),
});

/** A letter from a template, or one that was a PDF already. */
export const acceptedLetter = Type.Union([
  exactly({ ...accepted, content: exactly({ subject: text, body: text }), postage: maybe(text) }),
  exactly({ id: uuid, reference: text, postage: text }),
]);

export const shownNotification = exactly({
  id: uuid,
  reference: maybe(text),
  email_address: maybe(text),
  phone_number: maybe(text),
  line_1: maybe(text),
  line_2: maybe(text),
  line_3: maybe(text),
  line_4: maybe(text),
  line_5: maybe(text),
  line_6: maybe(text),
  line_7: maybe(text),
  postcode: maybe(text),
  postage: maybe(text),
  type: channel,
  status: text,
  template: exactly({ ...templateLink, name: text }),
  body: text,
  subject: maybe(text),
  created_at: time,
  created_by_name: Type.Null(),
  sent_at: maybe(time),
  completed_at: maybe(time),
  scheduled_for: maybe(time),
  one_click_unsubscribe_url: maybe(text),
  uri: address,
  is_cost_data_ready: Type.Boolean(),
  cost_in_pounds: maybe(Type.Number()),
  cost_details: Type.Object({
    billable_sms_fragments: Type.Optional(maybe(count)),
    international_rate_multiplier: Type.Optional(Type.Number()),
    sms_rate: Type.Optional(Type.Number()),
    billable_sheets_of_paper: Type.Optional(count),
    postage: Type.Optional(maybe(text)),
  }),
  estimated_delivery: Type.Optional(Type.String({ format: 'date-time', description: 'Of a letter.' })),
});

/** This page and the one after it: the latter is there unless this one is empty. */
const links = exactly({ current: address, next: Type.Optional(address) });

export const notificationList = exactly({ notifications: Type.Array(shownNotification), links });

export const shownTemplate = exactly({
  id: uuid,
  name: text,
  type: channel,
  created_at: time,
  updated_at: maybe(time),
  created_by: text,
  version: count,
  body: text,
  subject: maybe(text),
  personalisation: Type.Record(text, exactly({ required: Type.Boolean() })),
  letter_contact_block: maybe(text),
  postage: maybe(text),
});

export const templateList = exactly({ templates: Type.Array(shownTemplate) });
export const versionList = exactly({ versions: Type.Array(shownTemplate) });

export const filledTemplate = exactly({
  id: uuid,
  type: channel,
  version: count,
  body: text,
  html: maybe(text),
  subject: maybe(text),
  postage: maybe(text),
});

export const receivedTextList = exactly({
  received_text_messages: Type.Array(
    exactly({ id: uuid, created_at: time, service_id: uuid, notify_number: text, user_number: text, content: text }),
  ),
  links,
});

const batchFields = {
  id: uuid,
  name: text,
  uri: address,
  type: channel,
  template: exactly(templateLink),
  state: Type.Enum(['receiving', 'checked', 'sending', 'sent', 'cancelled', 'refused']),
  rows: count,
  wrong_rows: count,
  accepted_rows: count,
  scheduled_for: maybe(time),
  created_at: time,
  finished_at: maybe(time),
  links: exactly({ errors: address, notifications: address }),
};

export const batch = exactly(batchFields);
export const batchWithStatuses = exactly({
  ...batchFields,
  statuses: Type.Record(text, count, { description: 'How many of its notifications have each status.' }),
});
export const batchList = exactly({ batches: Type.Array(batch), links });
export const batchErrorList = exactly({
  errors: Type.Array(exactly({ row: count, messages: Type.Array(text) })),
  links,
});
