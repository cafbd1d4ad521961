import { tryEveryCall } from './every-call.fixture.ts';

// The short form is bad-input.test.ts. COMMONHOLD_RUNS says how many requests of each kind every call gets.
await tryEveryCall({ runs: Number(process.env['COMMONHOLD_RUNS'] ?? '2000') });
