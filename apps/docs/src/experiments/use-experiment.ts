import { ref, shallowRef } from 'vue';
import { useWorkerRun } from '../worker/use-worker-run';
import type { Lines, Outcome } from './experiment';
import type { ExperimentName } from './experiment-names';
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
  const work = useWorkerRun<ExperimentRequest, ExperimentAnswer>('experiment', { hear, failed: fail });

  function stop(): void {
    work.stop();
    isRunning.value = false;
  }

  function run(name: ExperimentName, seed: number): void {
    stop();
    points.value = new Map();
    outcome.value = null;
    failure.value = '';
    isRunning.value = true;
    work.ask({ name, seed });
  }

  function hear(answer: ExperimentAnswer): void {
    switch (answer.type) {
      case 'lines':
        lines.value = answer.lines;
        break;
      case 'points': {
        const grown = new Map(points.value);
        for (const [series, x, y] of answer.points) grown.set(series, [...(grown.get(series) ?? []), [x, y]]);
        points.value = grown;
        break;
      }
      case 'failed':
        fail(answer.message);
        break;
      case 'done':
        stop();
        outcome.value = answer.outcome;
        seconds.value = answer.seconds;
        break;
    }
  }

  function fail(message: string): void {
    stop();
    failure.value = message;
  }

  return { lines, points, outcome, seconds, failure, isRunning, run, stop };
}
