import type { BenchCase, BenchCaseReport, Residency, Skipped } from '@normlayers/benchmark';
import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue';
import { useWorkerRun } from '../worker/use-worker-run';
import type { SpeedAnswer, SpeedRequest, SpeedStage } from './speed.worker';

interface Progress {
  readonly done: number;
  readonly total: number;
  readonly stage: SpeedStage | null;
}

const NOT_BEGUN: Progress = { done: 0, total: 1, stage: null };

/** A run of the benchmark in a worker of its own, and what has come of it so far. */
export function useSpeedRun() {
  const reports = shallowRef<readonly BenchCaseReport[]>([]);
  const unavailable = shallowRef<readonly Skipped[]>([]);
  const phase = ref<'idle' | 'running' | 'done' | 'cancelled'>('idle');
  const progress = shallowRef<Progress>(NOT_BEGUN);
  const failure = ref('');
  const wasHidden = ref(false);
  const work = useWorkerRun<SpeedRequest, SpeedAnswer>('speed', { hear, givenUp: () => end('cancelled') });

  function hear(data: SpeedAnswer): void {
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
    work.ended();
    phase.value = as;
  }

  function run(adapters: readonly string[], cases: readonly BenchCase[], residencies: readonly Residency[]) {
    reports.value = [];
    unavailable.value = [];
    failure.value = '';
    wasHidden.value = document.hidden;
    progress.value = NOT_BEGUN;
    phase.value = 'running';
    work.ask({ type: 'run', adapters, cases, residencies });
  }

  function noteHidden(): void {
    if (phase.value === 'running' && document.hidden) wasHidden.value = true;
  }

  onMounted(() => {
    work.start();
    document.addEventListener('visibilitychange', noteHidden);
  });
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', noteHidden);
  });

  return {
    reports,
    unavailable,
    phase,
    progress,
    failure,
    wasHidden,
    run,
    cancel: () => work.cancel({ type: 'cancel' }),
  };
}
