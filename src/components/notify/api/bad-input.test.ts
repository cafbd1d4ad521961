import { tryEveryCall } from './every-call.fixture.ts';

// The long form, with more of everything, is bad-input.long.ts.
await tryEveryCall({ runs: 40 });
