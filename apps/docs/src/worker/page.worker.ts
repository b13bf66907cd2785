// One worker script for all the work of the pages, so that the frameworks are bundled once: its name says what it is to do.
const WORK = {
  conformance: () => import('../conformance/conformance.worker'),
  break: () => import('../break/break.worker'),
  model: () => import('../model/model.worker'),
  speed: () => import('../speed/speed.worker'),
  experiment: () => import('../experiments/experiments.worker'),
};

export type Work = keyof typeof WORK;

/** Messages may come before the work is loaded. */
const early: MessageEvent[] = [];
self.onmessage = (event) => {
  early.push(event);
};

WORK[self.name as Work]().then(() => {
  for (const event of early) self.onmessage?.(event);
});
