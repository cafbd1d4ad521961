import { keyOf } from './template-text.ts';

/** A template that every service has without writing one. */
export interface BuiltInTemplate {
  readonly name: string;
  readonly subject: string;
  readonly body: string;
}

const templates: readonly BuiltInTemplate[] = [
  {
    name: 'application received',
    subject: 'We have received your application: ((reference))',
    body: `We have received what you sent to "((service))".

Your reference is ((reference)). Quote it if you contact us.

You do not need to do anything now. We will email you when there is a decision.

If you have a question, or did not send this, contact us: ((contact))

((department))`,
  },
  {
    name: 'application approved',
    subject: 'Your application was approved: ((reference))',
    body: `Your application to "((service))" was approved.

((reason))

Your reference is ((reference)). Keep this email as a record.

If you have a question, contact us: ((contact))

((department))`,
  },
  {
    name: 'application refused',
    subject: 'Your application was refused: ((reference))',
    body: `Your application to "((service))" was refused.

((reason))

Your reference is ((reference)).

If you think this is wrong, or have a question, contact us: ((contact))

((department))`,
  },
  {
    name: 'sign-in code',
    subject: 'Your code to sign in',
    body: `((name)), your code to sign in is:

((code))

It works once, in the browser in which you asked for it, and only for a few minutes. Nobody who works for us will ever ask you for it.

If you did not ask for a code, you can ignore this email.`,
  },
];

const byKey = new Map(templates.map((template) => [keyOf(template.name), template]));

/** The built-in template of a name, however it is spelt. */
export function findBuiltIn(name: string): BuiltInTemplate | undefined {
  return byKey.get(keyOf(name));
}
