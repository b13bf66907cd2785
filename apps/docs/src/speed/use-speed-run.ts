import type { BenchCase, CaseReport, Residency, Skipped } from '@normlayers/benchmark';
import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue';
import { startWorker } from '../worker/start-worker';
import type { SpeedAnswer, SpeedRequest } from './speed.worker';

/** How long a cancelled run may take to end by itself, in ms. */
const PATIENCE = 2000;

/** A run of the benchmark in a worker of its own, and what has come of it so far. */
export function useSpeedRun() {
  const reports = shallowRef<readonly CaseReport[]>([]);
  const unavailable = shallowRef<readonly Skipped[]>([]);
  const phase = ref<'idle' | 'running' | 'done' | 'cancelled'>('idle');
  const progress = shallowRef({ done: 0, total: 1, stage: '' });
  const failure = ref('');
  const wasHidden = ref(false);
  let worker: Worker | undefined;
  let giveUp: ReturnType<typeof setTimeout> | undefined;

  function start(): void {
    worker = startWorker('speed');
    worker.onmessage = hear;
  }

  function hear({ data }: MessageEvent<SpeedAnswer>): void {
    switch (data.type) {
      case 'stage':
        progress.value = data;
        break;
      case 'case':
        reports.value = [...reports.value, data.report];
        break;
      case 'done':
        unavailable.value = data.unavailable;
        end('done');
        break;
      case 'cancelled':
        end('cancelled');
        break;
      case 'failed':
        failure.value = data.message;
        end('cancelled');
        break;
    }
  }

  function end(as: 'done' | 'cancelled'): void {
    clearTimeout(giveUp);
    phase.value = as;
  }

  function run(adapters: readonly string[], cases: readonly BenchCase[], residencies: readonly Residency[]) {
    reports.value = [];
    unavailable.value = [];
    failure.value = '';
    wasHidden.value = document.hidden;
    progress.value = { done: 0, total: 1, stage: '' };
    phase.value = 'running';
    ask({ type: 'run', adapters, cases, residencies });
  }

  /** A back end that hangs in a call does not hear of it: its worker is then ended. */
  function cancel(): void {
    ask({ type: 'cancel' });
    giveUp = setTimeout(() => {
      worker?.terminate();
      start();
      end('cancelled');
    }, PATIENCE);
  }

  function ask(request: SpeedRequest): void {
    worker?.postMessage(request);
  }

  function noteHidden(): void {
    if (phase.value === 'running' && document.hidden) wasHidden.value = true;
  }

  onMounted(() => {
    start();
    document.addEventListener('visibilitychange', noteHidden);
  });
  onBeforeUnmount(() => {
    worker?.terminate();
    document.removeEventListener('visibilitychange', noteHidden);
  });

  return { reports, unavailable, phase, progress, failure, wasHidden, run, cancel };
}
