import type { CaseReport } from '@normlayers/conformance';
import type { Op } from '@normlayers/core';
import { computed, onBeforeUnmount, reactive, ref, shallowRef } from 'vue';
import { startWorker } from '../worker/start-worker';
import type { CaseOutline } from './case-state';
import type { Answer, Inspection, Request } from './protocol';

export type RunPhase = 'idle' | 'running' | 'paused' | 'done' | 'cancelled';

/** How long a cancelled run may take to end by itself, in ms. */
const PATIENCE = 2000;

/** A run of the suite in a worker of its own, and what has come of it so far. */
export function useConformanceRun() {
  let worker = start();
  let giveUp: ReturnType<typeof setTimeout> | undefined;
  const cases = shallowRef<readonly CaseOutline[]>([]);
  const results = shallowRef(new Map<string, Map<string, CaseReport>>());
  const unavailable = reactive(new Map<string, string>());
  const phase = ref<RunPhase>('idle');
  const opening = ref<string | null>(null);
  const expected = ref(0);
  const inspection = shallowRef<Inspection | null>(null);
  const done = computed(() => [...results.value.values()].reduce((sum, reports) => sum + reports.size, 0));

  function start(): Worker {
    const started = startWorker('conformance');
    started.onmessage = hear;
    return started;
  }

  function hear({ data }: MessageEvent<Answer>): void {
    switch (data.type) {
      case 'cases':
        cases.value = data.cases;
        break;
      case 'opening':
        opening.value = data.adapter;
        break;
      case 'reports': {
        opening.value = null;
        // New maps: what shows them is told by another object, not by a change inside one.
        const reports = new Map(results.value.get(data.adapter));
        for (const report of data.reports) reports.set(report.name, report);
        results.value = new Map(results.value).set(data.adapter, reports);
        break;
      }
      case 'unavailable':
        opening.value = null;
        unavailable.set(data.adapter, data.reason);
        break;
      case 'finished':
        clearTimeout(giveUp);
        opening.value = null;
        phase.value = data.cancelled ? 'cancelled' : 'done';
        break;
      case 'inspection':
        inspection.value = data.inspection;
        break;
    }
  }
  onBeforeUnmount(() => worker.terminate());

  const ask = (request: Request) => worker.postMessage(request);

  function run(adapters: readonly string[], ops: readonly Op[]): void {
    results.value = new Map();
    unavailable.clear();
    inspection.value = null;
    expected.value = cases.value.filter(({ op }) => ops.includes(op)).length * adapters.length;
    phase.value = 'running';
    ask({ type: 'run', adapters: [...adapters], ops: [...ops] });
  }

  function pause(): void {
    phase.value = 'paused';
    ask({ type: 'pause' });
  }

  function resume(): void {
    phase.value = 'running';
    ask({ type: 'resume' });
  }

  /** A back end that hangs in a call does not hear of it: its worker is then ended. */
  function cancel(): void {
    ask({ type: 'cancel' });
    giveUp = setTimeout(() => {
      worker.terminate();
      worker = start();
      opening.value = null;
      phase.value = 'cancelled';
    }, PATIENCE);
  }

  return {
    cases,
    results,
    unavailable,
    phase,
    opening,
    done,
    expected,
    inspection,
    run,
    pause,
    resume,
    cancel,
    inspect: (adapter: string, caseName: string) => ask({ type: 'inspect', adapter, caseName }),
  };
}
