import {
  addGuest,
  addSender,
  changeSendingSettings,
  createCallbacks,
  createTemplate,
  recordPastMessages,
  recordReceivedText,
  type PastMessage,
  type PastOutcome,
} from '#notify';
import { listServicesAcross } from '#organisations';
import {
  addDays,
  addJob,
  type Calendar,
  type Database,
  type Job,
  type Keyring,
  type Tx,
  type Webhooks,
} from '#platform';
import { createRandom, type Random } from './estate/random.ts';

/** A template of the demonstration, and how many messages of it a working day has. */
interface Sent {
  readonly type: 'email' | 'sms' | 'letter';
  readonly name: string;
  readonly subject?: string;
  readonly body: string;
  readonly perDay: number;
  /** How messages of it end, by weight; what is left is delivered. */
  readonly endings?: readonly (readonly [PastOutcome, number])[];
}

interface Sender {
  readonly slug: string;
  readonly replyTo: string;
  readonly textsFrom: string;
  readonly contactBlock: string;
  readonly guests: readonly string[];
  readonly sent: readonly Sent[];
  /** What people texted back. */
  readonly received: readonly string[];
}

const wrongAddress = [['permanent-failure', 3] as const, ['temporary-failure', 1] as const];
const wrongNumber = [['permanent-failure', 2] as const, ['temporary-failure', 5] as const];

const senders: readonly Sender[] = [
  {
    slug: 'fishing-licence',
    replyTo: 'licences@rivers.aldermere.example',
    textsFrom: 'Fishing',
    contactBlock: 'Fishing licences\nDepartment for Rivers and Fisheries\n1 Weir Street\nEldmouth\nAL1 1RF',
    guests: ['contractor@tests.example', '07700 900461'],
    received: ['STOP', 'How long does it take?', 'Thank you'],
    sent: [
      {
        type: 'email',
        name: 'Licence ready',
        subject: 'Your fishing licence ((licence number))',
        body: '# Your licence is ready\n\nDear ((name)),\n\nYour fishing licence is ((licence number)). It is valid from tomorrow.\n\n((needs permit??You also need a permit for salmon.))\n\n* Carry it whenever you fish.\n* Show it when a warden asks.',
        perDay: 9,
        endings: wrongAddress,
      },
      {
        type: 'sms',
        name: 'Renewal reminder',
        body: '((name)), your fishing licence ends on ((day)). Renew it at aldermere.example/fishing',
        perDay: 6,
        endings: wrongNumber,
      },
      {
        type: 'letter',
        name: 'Licence by post',
        subject: 'Your fishing licence',
        body: 'Dear ((name)),\n\nyour licence is ((licence number)). Keep this letter: it is your licence.\n\nYours sincerely\n\nFishing licences',
        perDay: 1,
        endings: [['returned-letter', 6]],
      },
    ],
  },
  {
    slug: 'report-a-road-fault',
    replyTo: 'faults@roads.aldermere.example',
    textsFrom: 'Roads',
    contactBlock: 'Road faults\nDepartment of Roads\n7 Mile End\nEldmouth\nAL2 3RD',
    guests: ['highways-partner@tests.example'],
    received: ['It is still there', 'STOP'],
    sent: [
      {
        type: 'sms',
        name: 'Fault received',
        body: 'We have your report of a fault on ((road)). Your reference is ((licence number)).',
        perDay: 5,
        endings: [...wrongNumber, ['technical-failure', 1]],
      },
      {
        type: 'email',
        name: 'Fault repaired',
        subject: 'The fault on ((road)) is repaired',
        body: 'Dear ((name)),\n\nthe fault that you reported on ((road)) was repaired on ((day)).\n\n---\n\nThank you for telling us.',
        perDay: 4,
        endings: wrongAddress,
      },
    ],
  },
  {
    slug: 'archive-visit',
    replyTo: 'reading-room@records.aldermere.example',
    textsFrom: 'Archive',
    contactBlock: 'The Reading Room\nDepartment of Records\nScroll Lane\nEldmouth\nAL1 5AR',
    guests: [],
    received: ['Can I bring a camera?'],
    sent: [
      {
        type: 'email',
        name: 'Visit booked',
        subject: 'Your visit on ((day))',
        body: 'Dear ((name)),\n\nyour seat in the reading room is kept for ((day)).\n\nBring with you:\n\n* this email\n* a pencil: ink stays outside',
        perDay: 3,
        endings: wrongAddress,
      },
    ],
  },
];

const days = 31;
const weekendShare = 0.3;
const firstNames = ['Ada', 'Bo', 'Cerys', 'Dilys', 'Efua', 'Farid', 'Gwen', 'Hana', 'Idris', 'Juno', 'Kofi', 'Lowri'];
const lastNames = ['Price', 'Weir', 'Ashby', 'Okoro', 'Marsh', 'Llewelyn', 'Sandoz', 'Reed', 'Vale', 'Tarrant'];
const roads = ['Mill Lane', 'the A12', 'Ferry Road', 'Weir Street', 'Long Acre'];

const words: Readonly<Partial<Record<PastOutcome, string>>> = {
  'permanent-failure': 'The recipient does not exist.',
  'temporary-failure': 'The recipient could not be reached.',
  'technical-failure': 'The provider refused the message.',
};

/** The job that gives services of the demonstration templates, and a month of messages with what became of them. */
export function loadMessagesJob(dependencies: { keyring: Keyring; calendar: Calendar; webhooks: Webhooks }): Job {
  return {
    name: 'demonstration.load-messages',
    run: async ({ slug, serviceId }, { database, scope }) => {
      const sender = senders.find((each) => each.slug === slug);
      if (sender === undefined || typeof serviceId !== 'string') return;
      await database.transact(scope, (tx) => load(tx, dependencies, serviceId, sender));
    },
  };
}

/** Has the messages of the demonstration recorded: each service by a job of its own. */
export async function queueDemonstrationMessages(database: Database): Promise<void> {
  for (const { organisationId, id: serviceId, slug } of await listServicesAcross(database)) {
    if (!senders.some((each) => each.slug === slug)) continue;
    const scope = { organisationId, actor: { kind: 'system', name: 'demonstration' } } as const;
    await database.transact(scope, (tx) => addJob(tx, 'demonstration.load-messages', { slug, serviceId }));
  }
}

async function load(
  tx: Tx,
  { keyring, calendar, webhooks }: { keyring: Keyring; calendar: Calendar; webhooks: Webhooks },
  serviceId: string,
  sender: Sender,
): Promise<void> {
  await changeSendingSettings(tx, serviceId, { filesContact: sender.replyTo });
  await addSender(tx, { serviceId, channel: 'email', value: sender.replyTo });
  await addSender(tx, { serviceId, channel: 'sms', value: sender.textsFrom });
  await addSender(tx, { serviceId, channel: 'letter', value: sender.contactBlock });
  for (const recipient of sender.guests) await addGuest(tx, keyring, { serviceId, recipient });
  // Nothing complains in a demonstration, so nothing is called there.
  await createCallbacks(keyring, webhooks).set(tx, {
    serviceId,
    kind: 'complaint',
    url: `https://systems.aldermere.example/${sender.slug}/complaints`,
    bearerToken: 'made-up-for-the-demonstration',
  });
  const random = createRandom(sender.slug.length);
  const messages: PastMessage[] = [];
  for (const sent of sender.sent) {
    const { id: templateId } = await createTemplate(tx, { serviceId, ...sent });
    for (let back = days; back > 0; back -= 1) {
      const day = addDays(calendar.today(), -back);
      messages.push(...messagesOf(sent, templateId, day, random));
    }
  }
  await recordPastMessages(tx, { keyring, calendar }, serviceId, messages);
  for (const content of sender.received) {
    const from = `4477009${String(random.whole(0, 99_999)).padStart(5, '0')}`;
    await recordReceivedText(tx, keyring, { serviceId, from, to: '07700900100', content });
  }
}

function messagesOf(sent: Sent, templateId: string, day: string, random: Random): PastMessage[] {
  const isWeekend = [0, 6].includes(new Date(`${day}T12:00:00Z`).getUTCDay());
  const usual = sent.perDay * (isWeekend ? weekendShare : 1);
  return Array.from({ length: Math.round(random.spread(usual, 0.25)) }, (): PastMessage => {
    const name = `${random.pick(firstNames)} ${random.pick(lastNames)}`;
    const minute = random.whole(7 * 60, 19 * 60);
    const writtenAt = new Date(Date.parse(`${day}T00:00:00Z`) + minute * 60_000 + random.whole(0, 59_999));
    const endings = sent.endings ?? [];
    const failing = endings.reduce((sum, [, weight]) => sum + weight, 0);
    const outcome = random.weigh<PastOutcome>([...endings, ['delivered', 100 - failing]]);
    const waited =
      outcome === 'temporary-failure' ? 72 * 3600 : sent.type === 'letter' ? 3 * 86_400 : random.whole(1, 90);
    const endedAt = new Date(Math.min(writtenAt.getTime() + waited * 1000, Date.now()));
    return {
      templateId,
      to: recipientOf(sent.type, name, random),
      personalisation: {
        name,
        'licence number': `AL-${random.whole(100_000, 999_999)}`,
        'needs permit': random.chance(0.2) ? 'yes' : 'no',
        road: random.pick(roads),
        day: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' }).format(
          writtenAt.getTime() + 9 * 86_400_000,
        ),
      },
      reference: random.chance(0.6) ? `CASE-${random.whole(1000, 9999)}` : null,
      writtenAt: writtenAt.toISOString(),
      endedAt: endedAt.toISOString(),
      outcome,
      failure: words[outcome] ?? null,
    };
  });
}

/** Of domains and numbers that are kept for examples, and belong to nobody. */
function recipientOf(type: Sent['type'], name: string, random: Random): string {
  if (type === 'sms') return `447700900${String(random.whole(0, 999)).padStart(3, '0')}`;
  if (type === 'email') return `${name.toLowerCase().replace(' ', '.')}@example.com`;
  return `${name}\n${random.whole(1, 90)} ${random.pick(roads.filter((road) => !road.startsWith('the')))}\nEldmouth\nSW1A 1AA`;
}
