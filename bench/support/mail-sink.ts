import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';

/**
 * A mail server that takes whatever it is given and keeps nothing, for benchmarks. Run as a process of its own; prints its
 * address, and answers each message from its parent with how many e-mails it has taken.
 */
let taken = 0;
const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  logger: false,
  disableReverseLookup: true,
  onData(stream, _session, callback) {
    stream.resume();
    stream.on('end', () => {
      taken += 1;
      callback();
    });
  },
});
const listener = server.listen(0, '127.0.0.1');
await once(listener, 'listening');
const address = listener.address();
if (address === null || typeof address === 'string') throw new Error('The mail sink has no port.');
console.log(`smtp://127.0.0.1:${address.port}`);
process.on('message', () => process.send?.(taken));
process.on('disconnect', () => process.exit());
