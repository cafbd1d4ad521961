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
    name: 'application saved',
    subject: 'Go on with your application: ((service))',
    body: `You saved what you began in "((service))".

Go on with it here, on any device:

((link))

We will ask you the question that you chose. Use the link by ((until)). After that your answers are erased.

If you did not ask for this, you can ignore this email: nobody can go on without the answer to the question.

If you have a question, contact us: ((contact))

((department))`,
  },
  {
    name: 'application saved (cy)',
    subject: 'Ewch ymlaen â’ch cais: ((service))',
    body: `Rydych wedi cadw’r hyn a ddechreuwyd gennych yn "((service))".

Ewch ymlaen ag ef yma, ar unrhyw ddyfais:

((link))

Byddwn yn gofyn y cwestiwn a ddewiswyd gennych. Defnyddiwch y ddolen erbyn ((until)). Ar ôl hynny caiff eich atebion eu dileu.

Os na wnaethoch ofyn am hyn, gallwch anwybyddu’r e-bost hwn: ni all neb fynd ymlaen heb yr ateb i’r cwestiwn.

Os oes gennych gwestiwn, cysylltwch â ni: ((contact))

((department))`,
  },
  {
    name: 'application expires soon',
    subject: 'Finish your application by ((until)): ((service))',
    body: `You began "((service))" and have not finished it.

Your answers are kept until ((until)), and then erased. Go on with it here:

((link))

We will ask you the question that you chose when you saved. If you no longer need it, you do not have to do anything.

If you have a question, contact us: ((contact))

((department))`,
  },
  {
    name: 'application expires soon (cy)',
    subject: 'Gorffennwch eich cais erbyn ((until)): ((service))',
    body: `Dechreuoch "((service))" ac nid ydych wedi’i orffen.

Caiff eich atebion eu cadw tan ((until)), ac yna eu dileu. Ewch ymlaen yma:

((link))

Byddwn yn gofyn y cwestiwn a ddewiswyd gennych pan wnaethoch gadw. Os nad oes ei angen arnoch mwyach, nid oes rhaid i chi wneud dim.

Os oes gennych gwestiwn, cysylltwch â ni: ((contact))

((department))`,
  },
  {
    name: 'application received (cy)',
    subject: 'Rydym wedi cael eich cais: ((reference))',
    body: `Rydym wedi cael yr hyn a anfonwyd gennych i "((service))".

Eich cyfeirnod yw ((reference)). Dyfynnwch ef os byddwch yn cysylltu â ni.

Nid oes angen i chi wneud dim nawr. Byddwn yn anfon e-bost atoch pan fydd penderfyniad.

Os oes gennych gwestiwn, neu os na wnaethoch anfon hyn, cysylltwch â ni: ((contact))

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
    name: 'submission received by a team',
    subject: 'New submission to ((service)): ((reference))',
    body: `Somebody has sent "((service))". The reference is ((reference)).

((answers))

Cases of the service: ((link))`,
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
