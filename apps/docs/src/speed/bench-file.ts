import type { BenchCaseReport, BenchJson } from '@normlayers/benchmark';

/** Reads a report of `normlayers bench --json` or of the page. @throws Error where it is none. */
export function readBenchReport(text: string): { environment: object; cases: BenchCaseReport[] } {
  const { schema, environment, results, skipped } = JSON.parse(text) as Partial<BenchJson>;
  if (schema !== 2 || !Array.isArray(results)) throw new Error('not a benchmark report of schema 2');
  const cases = new Map<string, BenchCaseReport>();
  for (const result of results) {
    const { op, mode, dtype, shape, layout, residency } = result;
    const key = caseKey(result);
    const where = { op, mode, dtype, shape, residency, ...(layout === undefined ? {} : { layout }) };
    const known = cases.get(key) ?? {
      ...where,
      results: [],
      skipped: (skipped ?? []).filter((one) => caseKey(one) === key),
    };
    cases.set(key, { ...known, results: [...known.results, result] });
  }
  return { environment: environment ?? {}, cases: [...cases.values()] };
}

type Where = Pick<BenchCaseReport, 'op' | 'mode' | 'dtype' | 'shape' | 'residency'>;

/** A case in one line: what it is told by. */
export function caseKey({ op, mode, dtype, shape, residency }: Where): string {
  return `${op} ${mode} ${dtype} ${shape.join('×')} ${residency}`;
}
