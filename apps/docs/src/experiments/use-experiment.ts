import { onBeforeUnmount, ref, shallowRef } from 'vue';
import { startWorker } from '../worker/start-worker';
import type { ExperimentName } from './all-experiments';
import type { Lines, Outcome } from './experiment';
import type { ExperimentAnswer, ExperimentRequest } from './experiments.worker';

export type Points = ReadonlyMap<string, readonly (readonly [number, number])[]>;

/** A run of an experiment in a worker of its own, which is ended when it is done or stopped. */
export function useExperiment() {
  /** Told by the worker: the page itself has no experiment in it, and no framework. */
  const lines = shallowRef<Lines>({ series: [] });
  const points = shallowRef<Points>(new Map());
  const outcome = shallowRef<Outcome | null>(null);
  const seconds = ref(0);
  const failure = ref('');
  const isRunning = ref(false);
  let worker: Worker | undefined;

  function stop(): void {
    worker?.terminate();
    worker = undefined;
    isRunning.value = false;
  }

  function run(name: ExperimentName, seed: number): void {
    stop();
    points.value = new Map();
    outcome.value = null;
    failure.value = '';
    isRunning.value = true;
    worker = startWorker('experiment');
    worker.onerror = ({ message }) => fail(message);
    worker.onmessage = ({ data }: MessageEvent<ExperimentAnswer>) => {
      if (data.type === 'lines') {
        lines.value = data.lines;
        return;
      }
      if (data.type === 'points') {
        const grown = new Map(points.value);
        for (const [series, x, y] of data.points) grown.set(series, [...(grown.get(series) ?? []), [x, y]]);
        points.value = grown;
        return;
      }
      stop();
      if (data.type === 'failed') return fail(data.message);
      outcome.value = data.outcome;
      seconds.value = data.seconds;
    };
    worker.postMessage({ name, seed } satisfies ExperimentRequest);
  }

  function fail(message: string): void {
    stop();
    failure.value = message;
  }

  onBeforeUnmount(stop);
  return { lines, points, outcome, seconds, failure, isRunning, run, stop };
}
