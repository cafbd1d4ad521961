/**
 * Waits for several statements of one transaction that were sent without waiting in between. All of them have ended when it
 * returns or fails, so that none is still to come when the transaction is rolled back.
 *
 * @throws what the first of them that failed, in their order, failed with.
 */
export async function together<const T extends readonly Promise<unknown>[]>(sent: T) {
  await Promise.allSettled(sent);
  return Promise.all(sent);
}
