import { RowProblem, type Importer } from '#platform';
import {
  channels,
  recordTransactions,
  transactionEvents,
  type Channel,
  type TransactionEvent,
} from './transactions.ts';

/** The words by which files name the channels. */
const channelWords: Readonly<Record<Channel, readonly string[]>> = {
  digital: ['online', 'web', 'internet'],
  'assisted digital': ['assisted', 'assisted-digital'],
  phone: ['telephone', 'call', 'call centre'],
  paper: ['post', 'letter', 'mail'],
  'face to face': ['face-to-face', 'in person', 'counter', 'office'],
};

/**
 * Transactions of a service from a table: those of a call centre, a counter, the post, another system. A row is one event of
 * one transaction, under the sender's own identifier, so that a file that comes twice is counted once.
 */
export const transactionImporter: Importer = {
  kind: 'measures.transactions',
  title: 'Transactions',
  fields: [
    {
      name: 'id',
      label: 'Identifier',
      hint: 'Your own, different for each transaction. It must name nobody.',
      kind: 'text',
      required: true,
      alsoCalled: ['id', 'transaction', 'transaction id', 'reference', 'case number'],
    },
    { name: 'day', label: 'Day', kind: 'day', required: true, alsoCalled: ['date', 'at', 'completed on', 'when'] },
    {
      name: 'channel',
      label: 'Channel',
      kind: 'choice',
      required: true,
      choices: channelWords,
      alsoCalled: ['method', 'route', 'contact channel'],
    },
    {
      name: 'event',
      label: 'What happened',
      hint: 'Left out, each row is a completed transaction.',
      kind: 'choice',
      choices: {
        started: ['begun', 'start'],
        completed: ['complete', 'done', 'finished'],
        failed: ['fail', 'abandoned'],
      },
      alsoCalled: ['event', 'status', 'outcome'],
    },
  ],
  take: async (tx, record, { about }) => {
    const serviceId = about['serviceId'];
    if (serviceId === undefined)
      throw new RowProblem('The service of this file is not known. Import it from the service’s page.');
    const event = oneIn<TransactionEvent>(transactionEvents, record['event'] ?? 'completed');
    const channel = oneIn<Channel>(channels, record['channel']);
    if (channel === undefined) throw new RowProblem(`The channel must be one of ${channels.join(', ')}.`, 'channel');
    if (event === undefined)
      throw new RowProblem(`What happened must be one of ${transactionEvents.join(', ')}.`, 'event');
    // A file knows the day alone: its noon is that day in every time zone of a government.
    const at = `${String(record['day'])}T12:00:00Z`;
    const transactionId = String(record['id']);
    const recorded = await recordTransactions(tx, serviceId, [{ transactionId, event, channel, at }]);
    return recorded === 0 ? 'same' : 'added';
  },
};

function oneIn<T extends string>(choices: readonly T[], value: unknown): T | undefined {
  return choices.find((choice) => choice === value);
}
