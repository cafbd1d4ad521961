import { join } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Problem } from '../problem/problem.ts';
import { Draft } from './draft.ts';
import type { Model } from './model.ts';

/** A plan as the numbers of its columns (-1 where a part stays) and of its openings: what threads tell each other. */
export interface Sketch {
  readonly columns: Int32Array;
  readonly opened: Int32Array;
}

/** What the thread that rearranges plans is given when it begins. */
export interface RearrangingData {
  readonly problem: Problem;
  readonly port: MessagePort;
  /** Two flags: the first asks it to end, and with the second it says that it has. */
  readonly flags: SharedArrayBuffer;
}

/** What it is told: a better plan from elsewhere, or prices to go by. */
export interface Hint {
  readonly sketch: Sketch;
  readonly prices: Float64Array;
}

/** Plans being rearranged in a thread of their own, while this one proves how good they can become. */
export interface Rearranging {
  /** Gives it the best plan and prices. It begins when it has been given some. */
  tell(draft: Draft, prices: Float64Array): void;
  /** The best plan that it has found since it was last asked. */
  ask(): Draft | undefined;
  /** Ends it, and waits a moment for its last plan. */
  end(): Draft | undefined;
}

/** How long to wait for the last plan, in milliseconds. */
const lastWait = 250;

/**
 * Starts a thread that rearranges plans of a problem. Its numbers are those of the model of this thread, which must have been
 * made by `createLeanModel`.
 */
export function startRearranging(model: Model): Rearranging {
  const { port1: port, port2 } = new MessageChannel();
  const flags = new SharedArrayBuffer(8);
  const flag = new Int32Array(flags);
  const data: RearrangingData = { problem: model.problem, port: port2, flags };
  const worker = new Worker(join(import.meta.dirname, 'rearranging-thread.ts'), {
    workerData: data,
    transferList: [port2],
    resourceLimits: { maxOldGenerationSizeMb: 400 },
  });
  // Without it solving goes on alone: what it had found is here already.
  worker.on('error', () => undefined);
  worker.unref();
  const ask = (): Draft | undefined => {
    let last: Sketch | undefined;
    for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) last = got.message;
    return last === undefined ? undefined : draw(model, last);
  };
  return {
    ask,
    tell: (draft, prices) => {
      const hint: Hint = { sketch: sketch(draft), prices };
      port.postMessage(hint, []);
    },
    end: () => {
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
      Atomics.wait(flag, 1, 0, lastWait);
      const last = ask();
      port.close();
      void worker.terminate();
      return last;
    },
  };
}

/** A plan as numbers. */
export function sketch(draft: Draft): Sketch {
  return {
    columns: Int32Array.from(draft.chosen, (column) => column?.index ?? -1),
    opened: draft.opened.slice(),
  };
}

/** The plan that numbers stand for. */
export function draw(model: Model, { columns, opened }: Sketch): Draft {
  const draft = new Draft(model);
  opened.forEach((start, openable) => start >= 0 && draft.open(openable, start));
  for (const index of columns) {
    const column = model.columns[index];
    if (column !== undefined) draft.place(column);
  }
  return draft;
}
