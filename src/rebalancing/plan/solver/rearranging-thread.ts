import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { isBetter } from './greedy.ts';
import { createLeanModel } from './model.ts';
import { createRearrangement, usualGain } from './rearrange.ts';
import { draw, sketch, type Hint, type RearrangingData } from './rearranging.ts';
import { createRelaxation } from './relaxation.ts';

/** The thread in which plans are rearranged, ever longer, until it is asked to end: see `rearranging.ts`. */
const { problem, port, flags }: RearrangingData = workerData;
const flag = new Int32Array(flags);
const model = createLeanModel(problem);
const relaxation = createRelaxation(model);
const rearrangement = createRearrangement(relaxation);
const gain = usualGain(model);
const isOver = (): boolean => Atomics.load(flag, 0) === 1;

let best = listen();
for (; best === undefined && !isOver(); best = listen()) Atomics.wait(flag, 0, 0, 10);
for (let run = 0; best !== undefined && !isOver(); run += 1) {
  const found = rearrangement.run(best, { run, gain, isOver });
  const told = listen();
  if (isBetter(found, best)) {
    best = found;
    port.postMessage(sketch(best), []);
  }
  if (told !== undefined && isBetter(told, best)) best = told;
}
Atomics.store(flag, 1, 1);
Atomics.notify(flag, 1);

/** Takes what has been told: the prices are learned, and the plan is given. */
function listen(): ReturnType<typeof draw> | undefined {
  let hint: Hint | undefined;
  for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) hint = got.message;
  if (hint === undefined) return undefined;
  relaxation.limitPrices.set(hint.prices);
  rearrangement.learn();
  return draw(model, hint.sketch);
}
