export { type BenchCase, benchCall, checkCase } from './cases/bench-case';
export { type LadderOptions, ladder } from './cases/ladder';
export type { GpuProbe } from './measuring/gpu-probe';
export { watchGpus } from './measuring/gpu-watch';
export { type BenchmarkOptions, type BenchProgress, runBenchmark } from './measuring/run-benchmark';
export { type BenchStage, stageText } from './measuring/stage';
export { quantile, type Summary, summarize } from './measuring/summary';
export { plainJsAdapter } from './plain-js-adapter';
export {
  type BenchCaseReport,
  type BenchJson,
  type BenchReport,
  type BenchResult,
  benchJson,
  type Residency,
  type Skipped,
} from './reports/bench-report';
export { type MarkdownOptions, toMarkdown } from './reports/markdown-report';
export { isCopy, isRanked, tierOf } from './reports/rank';
export {
  benchVerdict,
  caseTable,
  reportTables,
  type TableOptions,
  unavailableOnes,
} from './reports/table-report';
