export {
  type AbsoluteTolerance,
  type CaseSource,
  type ConformanceCase,
  conformanceCase,
  type OutsideExpectation,
  type OutsideTolerance,
} from './cases/conformance-case';
export { generatedCases } from './cases/generated-cases';
export { type Allowance, type Tolerance, toleranceOf } from './judging/bounds';
export { type Judgement, judge, type OutputJudgement } from './judging/judge';
export { type OutputTruth, type Truth, truthOf, truthOfCall } from './judging/truth';
export type { UpstreamVerdicts } from './judging/upstream-rules';
export {
  type AdapterReport,
  adapterReport,
  type CaseReport,
  isNative,
  passes,
  type Status,
  unavailable,
} from './reports/adapter-report';
export { type JsonReport, toJson } from './reports/json-report';
export { toJUnit } from './reports/junit-report';
export { type MatrixOptions, reportMatrix } from './reports/matrix-report';
export { type ConformanceTests, conformanceTests } from './running/conformance-tests';
export { inOtherLayout, type OtherLayout } from './running/other-layout';
export { type ConformanceOptions, type Progress, runConformance } from './running/run-conformance';
export type { Vector, VectorTensor } from './vector-formats/format';
export { type LeftOutVector, vectorCases } from './vector-formats/index';
