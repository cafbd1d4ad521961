/**
 * Measures: every service's transactions, as they are started, completed or fail in whichever channel, and what they add
 * up to by day. Other parts record them in their own transactions, departments' systems by API.
 */
export { countTransactions, figuresFor, type Count, type Counts, type DayCount, type Figure } from './counts.ts';
export { createMeasuresPart } from './part.ts';
export { recordTransaction, type Channel, type TransactionEvent, type TransactionRecord } from './transactions.ts';
