import type { Database, Scope } from '#platform';
import { addTransactions, checkTransactions, mostTransactions, type TransactionRecord } from './transactions.ts';

/** Records transactions as they come, and those that come together in one transaction of the database. */
export interface Recorder {
  /**
   * Records what happened to transactions of a service: all that one call hands over, or none.
   *
   * @returns how many of them were new, once they are kept for good.
   * @throws Problem unprocessable that names each event, channel or time that cannot be.
   */
  record(scope: Scope, serviceId: string, transactions: readonly TransactionRecord[]): Promise<number>;
}

interface Call {
  readonly transactions: readonly TransactionRecord[];
  readonly resolve: (recorded: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The recorder of this process. While the transactions of one service are on their way to the database those that arrive
 * wait, and then go together: a busy service costs one commit for many, and a quiet one waits for nobody.
 */
export function createRecorder(database: Database): Recorder {
  /** The calls that wait, by the service whose earlier ones are on their way. */
  const waiting = new Map<string, Call[]>();

  async function run(key: string, scope: Scope, serviceId: string): Promise<void> {
    // What arrives in the same moment goes together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let calls = waiting.get(key) ?? []; calls.length > 0; calls = waiting.get(key) ?? []) {
      await recordTogether(scope, serviceId, takeSome(calls));
    }
    waiting.delete(key);
  }

  async function recordTogether(scope: Scope, serviceId: string, calls: readonly Call[]): Promise<void> {
    const together = calls.flatMap(({ transactions }) => transactions);
    try {
      const added = await database.transact(scope, (tx) => addTransactions(tx, serviceId, together));
      // What two calls bring at once counts as new for the first of them.
      const isNew = new Set(added.map(keyOf));
      for (const { transactions, resolve } of calls) {
        resolve(transactions.filter((each) => isNew.delete(keyOf(each))).length);
      }
    } catch (error) {
      const [only] = calls;
      if (calls.length === 1 && only !== undefined) only.reject(error);
      // One of them may be what the database refuses: each by itself, so that it fails alone.
      else for (const each of calls) await recordTogether(scope, serviceId, [each]);
    }
  }

  return {
    record(scope, serviceId, transactions) {
      checkTransactions(transactions);
      if (transactions.length === 0) return Promise.resolve(0);
      // What is done under a mandate goes by itself: its use is recorded.
      const key = `${scope.organisationId} ${scope.mandateId ?? ''} ${serviceId}`;
      const known = waiting.get(key);
      return new Promise((resolve, reject) => {
        const call = { transactions, resolve, reject };
        if (known !== undefined) {
          known.push(call);
          return;
        }
        waiting.set(key, [call]);
        void run(key, scope, serviceId);
      });
    },
  };
}

/** Takes calls off the queue, as many as are recorded at once; one at least. */
function takeSome(calls: Call[]): Call[] {
  let [count, transactions] = [0, 0];
  for (const call of calls) {
    transactions += call.transactions.length;
    if (count > 0 && transactions > mostTransactions) break;
    count += 1;
  }
  return calls.splice(0, count);
}

const keyOf = ({ transactionId, event }: Pick<TransactionRecord, 'transactionId' | 'event'>): string =>
  `${event} ${transactionId}`;
