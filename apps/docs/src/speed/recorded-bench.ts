import type { BenchJson } from '@normlayers/benchmark';
import { withoutKernel } from '../conformance/reports/condensed-report';
import type { RecordedBench, RecordedTime } from './recorded-ladder';

/** Of a benchmark's report what the pages show, in as many digits as they show. */
export function recordedBench({ environment, results }: BenchJson): RecordedBench {
  return {
    environment: withoutKernel(environment as Record<string, unknown>),
    results: results.map(timed),
  };
}

function timed({
  adapter,
  op,
  mode,
  dtype,
  shape,
  residency,
  grade,
  ...rest
}: BenchJson['results'][number]): RecordedTime {
  const { medianMs, timesMemcpy, digits, passes } = rest;
  return {
    adapter,
    op,
    mode,
    ...(dtype === 'float32' ? {} : { dtype }),
    shape,
    residency,
    medianMs: short(medianMs),
    timesMemcpy: short(timesMemcpy),
    digits: short(digits),
    grade,
    ...(passes ? { passes } : {}),
  };
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}
