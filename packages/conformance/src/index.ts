export {
  type AbsoluteTolerance,
  type CaseSource,
  type ConformanceCase,
  conformanceCase,
  type OutsideExpectation,
  type OutsideTolerance,
} from './cases/conformance-case';
export { generatedCases } from './cases/generated-cases';
export { type CaseSelection, selectCases } from './cases/select-cases';
export { type ExportedFile, exportedFiles } from './exchange/export-vectors';
export type { ExportedCase, ExportedIndex } from './exchange/exported-case';
export { type JudgeExportedOptions, judgeExported } from './exchange/judge-exported';
export { faultsText, faultText } from './judging/fault-text';
export type { Fault, PlainNumber, ResultFault, RunFault } from './judging/faults';
export { digitsOf, GRADES, type Grade, isAtLeast, USABLE_DIGITS, worstGrade } from './judging/grade';
export { type Judgement, judge, type OutputJudgement, type WorstElement } from './judging/judge';
export { type OutputTruth, type Truth, truthOf, truthOfCall } from './judging/truth';
export type { UpstreamVerdicts } from './judging/upstream-rules';
export {
  type AdapterReport,
  adapterReport,
  fallsShort,
  gradeAskedOf,
  passes,
  type ReportedAdapter,
  shortfalls,
  unavailable,
} from './reports/adapter-report';
export type { CaseGrade, CaseReport, UnsupportedReason } from './reports/case-report';
export { NO_FIGURES } from './reports/graded';
export { type ConformanceJson, conformanceJson } from './reports/json-report';
export { toJUnit } from './reports/junit-report';
export { type MatrixOptions, reportMatrix } from './reports/matrix-report';
export { type TextCell, type TextTableOptions, textTable } from './reports/text-table';
export { reportVerdict } from './reports/verdict';
export { type ConformanceTests, conformanceTests } from './running/conformance-tests';
export { type BeyondLimits, beyondLimits } from './running/limits';
export { inOtherLayout, type OtherLayout } from './running/other-layout';
export { type ConformanceOptions, type Progress, runConformance } from './running/run-conformance';
export type { Vector, VectorTensor } from './vector-formats/format';
export { type LeftOutVector, vectorCases } from './vector-formats/index';
