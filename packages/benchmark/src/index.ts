export { type BenchCase, benchCall, checkCase } from './bench-case';
export {
  type BenchReport,
  type BenchResult,
  type CaseReport,
  type JsonBenchReport,
  type Residency,
  type Skipped,
  toJson,
} from './bench-report';
export type { GpuProbe } from './gpu-probe';
export { watchGpus } from './gpu-watch';
export { type LadderOptions, ladder } from './ladder';
export { type MarkdownOptions, toMarkdown } from './markdown-report';
export { plainJsAdapter } from './plain-js-adapter';
export { type BenchmarkOptions, type BenchProgress, runBenchmark } from './run-benchmark';
export { quantile, type Summary, summarize } from './summary';
export { caseTable, reportTables, type TableOptions, unavailableOnes, verdict } from './table-report';
