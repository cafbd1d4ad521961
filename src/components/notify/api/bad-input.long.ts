import { tryEveryCall } from './every-call.fixture.ts';

// The short form is bad-input.test.ts.
await tryEveryCall({ runs: 2000 });
