export { type BenchCase, benchCall, checkCase } from './cases/bench-case';
export { type LadderOptions, ladder } from './cases/ladder';
export type { GpuProbe } from './measuring/gpu-probe';
export { watchGpus } from './measuring/gpu-watch';
export { type BenchmarkOptions, type BenchProgress, runBenchmark } from './measuring/run-benchmark';
export { quantile, type Summary, summarize } from './measuring/summary';
export { plainJsAdapter } from './plain-js-adapter';
export {
  type BenchReport,
  type BenchResult,
  type CaseReport,
  type JsonBenchReport,
  type Residency,
  type Skipped,
  toJson,
} from './reports/bench-report';
export { type MarkdownOptions, toMarkdown } from './reports/markdown-report';
export { caseTable, reportTables, type TableOptions, unavailableOnes, verdict } from './reports/table-report';
