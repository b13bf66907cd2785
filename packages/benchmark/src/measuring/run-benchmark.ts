import { type NormAdapter, NormError } from '@normlayers/core';
import { checkArguments } from '@normlayers/core/adapter';
import { type BenchCase, benchCall, checkCase, inputBytes } from '../cases/bench-case';
import { duration } from '../cases/case-title';
import { ladder } from '../cases/ladder';
import type { BenchCaseReport, BenchReport, BenchResult, Residency, Skipped } from '../reports/bench-report';
import { tierOf } from '../reports/rank';
import { type AnswerCheck, answerCheck } from './answer-check';
import { type Contender, contenderOf, memcpy, touchedLike } from './contender';
import { gpuCopy } from './gpu-copy';
import type { GpuProbe } from './gpu-probe';
import { inRounds, type Samples } from './rounds';
import type { BenchStage } from './stage';
import { quantile, summarize } from './summary';

const KNOWN: readonly (keyof BenchmarkOptions)[] = [
  'cases',
  'residencies',
  'rounds',
  'sampleMs',
  'caseMs',
  'callMs',
  'unavailable',
  'gpu',
  'signal',
  'onProgress',
  'onTurn',
];

export interface BenchmarkOptions {
  /** What to time. Default: `ladder()`, Layer and Batch Norm, inference, float32. */
  readonly cases?: readonly BenchCase[];
  /** Default: both. */
  readonly residencies?: readonly Residency[];
  /** How many samples of each contender, where there is time for them. Default: 25. */
  readonly rounds?: number;
  /** How long a sample should last, in ms: short work is called that often in a row. Default: 5. */
  readonly sampleMs?: number;
  /** How long the rounds of a case may take, in ms; 5 rounds there are always. Default: 4000. */
  readonly caseMs?: number;
  /**
   * How long a contender's first call may take, in ms, on a GPU its second; one that takes longer is listed with that
   * time and not timed, or everyone would wait for it in every round. Default: 5000.
   */
  readonly callMs?: number;
  /** Contenders that could not be opened here, to be listed in the report. */
  readonly unavailable?: readonly Skipped[];
  /** Where calls may compute on GPUs. Default: their passes are not counted, and a call is done when `run` says so. */
  readonly gpu?: GpuProbe;
  /** Stops the run between two samples; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called whenever there is something new to say. */
  readonly onProgress?: (progress: BenchProgress) => void;
  /**
   * Called before anything is asked of a contender, so that one that never returns can be named. Waited for where its
   * answer is to be checked, its first call.
   */
  readonly onTurn?: (contender: string, what: 'checking' | 'timing') => unknown;
}

export interface BenchProgress {
  /** How many cases are done, of how many; a case in two residencies counts twice. */
  readonly done: number;
  readonly total: number;
  readonly case: BenchCase;
  readonly residency: Residency;
  /** What it is doing; `stageText` says it in English. */
  readonly stage: BenchStage;
  /** The case just done, where the stage's code is `done`. */
  readonly report?: BenchCaseReport;
}

/**
 * Times adapters beside one another and beside a copy of x (`memcpy`; where they compute on a GPU also a kernel that copies x
 * there, `gpu-copy`), in turn, warm, in one process. Adapters stay open:
 * disposing of them is their owner's part. Every answer is checked before it is timed, by the conformance suite's rule;
 * who throws or does not support a case is listed with the reason.
 *
 * @throws the signal's reason when aborted; NormError where a case's shape does not fit its operation.
 *
 * @example
 * ```ts
 * import { plainJsAdapter, runBenchmark } from '@normlayers/benchmark';
 * import { referenceAdapter } from '@normlayers/core';
 *
 * const { cases } = await runBenchmark([plainJsAdapter(), referenceAdapter()], {
 *   cases: [{ op: 'layerNorm', mode: 'inference', dtype: 'float32', shape: [4, 64] }],
 *   residencies: ['host'],
 *   rounds: 2,
 * });
 * assert.deepEqual(cases[0].results.map(({ adapter }) => adapter).sort(), ['memcpy', 'plain-js', 'reference']);
 * ```
 */
export async function runBenchmark(
  adapters: readonly NormAdapter[],
  options: BenchmarkOptions = {},
): Promise<BenchReport> {
  checkArguments('runBenchmark', options, KNOWN);
  const {
    cases = ladder(),
    residencies = ['device', 'host'],
    unavailable = [],
    signal,
    onProgress,
  } = options;
  // What is malformed is found before anything is timed.
  for (const benchCase of cases) checkCase(benchCase);
  const reports: BenchCaseReport[] = [];
  const total = cases.length * residencies.length;
  for (const benchCase of cases) {
    const tell = (residency: Residency, stage: BenchStage, report?: BenchCaseReport) => {
      signal?.throwIfAborted();
      const progress = { done: reports.length, total, case: benchCase, residency, stage };
      onProgress?.(report === undefined ? progress : { ...progress, report });
    };
    tell(residencies[0] ?? 'device', { code: 'reference' });
    const call = benchCall(benchCase);
    const check = answerCheck(call);
    for (const residency of residencies) {
      const timed = { adapters, benchCase, call, check, residency, options };
      const report = await timeCase(timed, (stage) => tell(residency, stage));
      reports.push(report);
      tell(residency, { code: 'done' }, report);
    }
  }
  return { cases: reports, unavailable };
}

interface TimedCase {
  readonly adapters: readonly NormAdapter[];
  readonly benchCase: BenchCase;
  readonly call: ReturnType<typeof benchCall>;
  readonly check: AnswerCheck;
  readonly residency: Residency;
  readonly options: BenchmarkOptions;
}

async function timeCase(
  { adapters, benchCase, call, check, residency, options }: TimedCase,
  tell: (stage: BenchStage) => void,
): Promise<BenchCaseReport> {
  const { rounds = 25, sampleMs = 5, caseMs = 4000, callMs = 5000, gpu, onTurn = () => {} } = options;
  const out = touchedLike(call.x);
  const skipped: Skipped[] = [];
  const contenders: Contender[] = [memcpy(call.x, out)];
  try {
    for (const adapter of adapters) {
      tell({ code: 'checking', adapter: adapter.name });
      const support = adapter.supports(call);
      if (!support.supported) {
        const { reason, issue } = support;
        skipped.push({ adapter: adapter.name, reason, ...(issue === undefined ? {} : { issue }) });
        continue;
      }
      await onTurn(adapter.name, 'checking');
      try {
        const contender = await contenderOf(adapter, support.via, call, residency, out, check, gpu);
        const took = contender.callMs ?? 0;
        if (took <= callMs) {
          contenders.push(contender);
        } else {
          await contender.dispose();
          const reason = `one call takes ${duration(took)}, more than the limit of ${duration(callMs)}`;
          skipped.push({ adapter: adapter.name, reason });
        }
      } catch (error) {
        skipped.push({ adapter: adapter.name, reason: `threw ${described(error)}` });
      }
    }
    if (gpu !== undefined && residency === 'device' && contenders.some(({ passes = 0 }) => passes > 0)) {
      tell({ code: 'checking', adapter: 'gpu-copy' });
      try {
        const copy = await gpuCopy(call.x, gpu);
        if (copy !== null) contenders.push(copy);
      } catch (error) {
        skipped.push({ adapter: 'gpu-copy', reason: `threw ${described(error)}` });
      }
    }
    const [copies, ...others] = await inRounds(
      contenders,
      { rounds, sampleMs, caseMs },
      (round, of) => tell(round === 0 ? { code: 'warming-up' } : { code: 'round', round, of }),
      ({ name }) => onTurn(name, 'timing'),
    );
    const moved = inputBytes(call) + out.byteLength;
    const copied = 2 * call.x.data.byteLength;
    const onGpu = others.find(({ contender }) => contender.name === 'gpu-copy')?.samples;
    const results = [
      resultOf(copies, copies.samples, copied),
      ...others.flatMap((samples) => {
        if (samples.error === undefined) {
          const { kind, passes } = samples.contender;
          if (kind === null) return [resultOf(samples, copies.samples, copied)];
          const result = resultOf(samples, copies.samples, moved);
          if (passes === undefined || onGpu === undefined) return [result];
          return [{ ...result, shareOfCopy: shareOf(samples.samples, onGpu, moved / copied) }];
        }
        skipped.push({ adapter: samples.contender.name, reason: `threw ${described(samples.error)}` });
        return [];
      }),
    ];
    return { ...benchCase, residency, results: ranked(results), skipped };
  } finally {
    for (const contender of contenders) await contender.dispose();
  }
}

function resultOf(
  { contender, samples, calls }: Samples,
  memcpy: readonly number[],
  bytes: number,
): BenchResult {
  const { name, kind, via, answer, outputReused, passes } = contender;
  const summary = summarize(samples, memcpy);
  return {
    adapter: name,
    kind,
    ...(via === undefined ? {} : { via }),
    ...summary,
    samples: samples.length,
    callsPerSample: calls,
    gbPerSecond: bytes / summary.medianMs / 1e6,
    ...answer,
    ...(passes === undefined ? {} : { passes }),
    ...(outputReused === undefined ? {} : { outputReused }),
  };
}

/** How many bytes a second go, of those that a copy moves: the median of the rounds. */
function shareOf(samples: readonly number[], copy: readonly number[], bytes: number): number {
  const shares = samples.map((sample, round) => (bytes * (copy[round] ?? Number.NaN)) / sample);
  return quantile(shares, 0.5);
}

/** Accurate and ordinary answers by time, then imprecise ones, then wrong ones, however fast. */
function ranked(results: readonly BenchResult[]): BenchResult[] {
  return [...results].sort((a, b) => tierOf(a) - tierOf(b) || a.medianMs - b.medianMs);
}

function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof NormError ? error.message : `${error.name}: ${error.message}`;
}
