import type { Inspection } from '@normlayers/catalogue';
import type { CaseReport } from '@normlayers/conformance';
import type { Op } from '@normlayers/core';
import { computed, reactive, ref, shallowRef } from 'vue';
import type { Reason } from '../text/reason';
import { useWorkerRun } from '../worker/use-worker-run';
import type { CaseOutline } from './cases/case-state';
import type { Answer, Request } from './protocol';

export type RunPhase = 'idle' | 'running' | 'paused' | 'done' | 'cancelled';

/** A run of the suite in a worker of its own, and what has come of it so far. */
export function useConformanceRun() {
  const cases = shallowRef<readonly CaseOutline[]>([]);
  const results = shallowRef(new Map<string, Map<string, CaseReport>>());
  const unavailable = reactive(new Map<string, Reason>());
  const phase = ref<RunPhase>('idle');
  const opening = ref<string | null>(null);
  const expected = ref(0);
  const inspection = shallowRef<Inspection | null>(null);
  const done = computed(() => [...results.value.values()].reduce((sum, reports) => sum + reports.size, 0));

  const work = useWorkerRun<Request, Answer>('conformance', {
    hear,
    givenUp() {
      opening.value = null;
      phase.value = 'cancelled';
    },
  });
  // It tells the cases first.
  work.start();

  function hear(data: Answer): void {
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
        unavailable.set(data.adapter, data.why);
        break;
      case 'finished':
        work.ended();
        opening.value = null;
        phase.value = data.cancelled ? 'cancelled' : 'done';
        break;
      case 'inspection':
        inspection.value = data.inspection;
        break;
    }
  }

  function run(adapters: readonly string[], ops: readonly Op[]): void {
    results.value = new Map();
    unavailable.clear();
    inspection.value = null;
    expected.value = cases.value.filter(({ op }) => ops.includes(op)).length * adapters.length;
    phase.value = 'running';
    work.ask({ type: 'run', adapters: [...adapters], ops: [...ops] });
  }

  function pause(): void {
    phase.value = 'paused';
    work.ask({ type: 'pause' });
  }

  function resume(): void {
    phase.value = 'running';
    work.ask({ type: 'resume' });
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
    cancel: () => work.cancel({ type: 'cancel' }),
    inspect: (adapter: string, caseName: string) => work.ask({ type: 'inspect', adapter, caseName }),
  };
}
