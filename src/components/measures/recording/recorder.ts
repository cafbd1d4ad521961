import { createGathering, type Database, type Scope } from '#platform';
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
  readonly scope: Scope;
  readonly serviceId: string;
  readonly transactions: readonly TransactionRecord[];
}

/**
 * The recorder of this process. While the transactions of one service are on their way to the database those that arrive
 * wait, and then go together: a busy service costs one commit for many, and a quiet one waits for nobody.
 */
export function createRecorder(database: Database): Recorder {
  const gather = createGathering<Call, number>({
    async together(calls) {
      const [{ scope, serviceId }] = calls;
      const all = calls.flatMap(({ transactions }) => transactions);
      const added = await database.transact(scope, (tx) => addTransactions(tx, serviceId, all));
      // What two calls bring at once counts as new for the first of them.
      const isNew = new Set(added.map(keyOf));
      return calls.map(({ transactions }) => transactions.filter((each) => isNew.delete(keyOf(each))).length);
    },
    howMany,
  });
  return {
    record(scope, serviceId, transactions) {
      checkTransactions(transactions);
      if (transactions.length === 0) return Promise.resolve(0);
      // What is done under a mandate goes by itself: its use is recorded.
      const key = `${scope.organisationId} ${scope.mandateId ?? ''} ${serviceId}`;
      return gather(key, { scope, serviceId, transactions });
    },
  };
}

/** As many calls as are recorded at once; one at least. */
function howMany(calls: readonly Call[]): number {
  let [count, transactions] = [0, 0];
  for (const call of calls) {
    transactions += call.transactions.length;
    if (count > 0 && transactions > mostTransactions) break;
    count += 1;
  }
  return count;
}

const keyOf = ({ transactionId, event }: Pick<TransactionRecord, 'transactionId' | 'event'>): string =>
  `${event} ${transactionId}`;
