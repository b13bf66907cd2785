export {
  type AdapterReport,
  adapterReport,
  type CaseReport,
  isNative,
  passes,
  type Status,
  unavailable,
} from './adapter-report';
export { generatedCases } from './cases/generated-cases';
export {
  type AbsoluteTolerance,
  type CaseSource,
  type ConformanceCase,
  conformanceCase,
  type OutsideExpectation,
  type OutsideTolerance,
} from './conformance-case';
export { type ConformanceTests, conformanceTests } from './conformance-tests';
export { type Judgement, judge, type OutputJudgement } from './judge';
export { type OutputTruth, type Truth, truthOf, truthOfCall } from './oracle';
export { inOtherLayout, type OtherLayout } from './other-layout';
export { type JsonReport, toJson } from './reports/json-report';
export { toJUnit } from './reports/junit-report';
export { type MatrixOptions, reportMatrix } from './reports/matrix-report';
export { type ConformanceOptions, type Progress, runConformance } from './run-conformance';
export { type Allowance, type Tolerance, toleranceOf } from './tolerance';
export type { UpstreamVerdicts } from './upstream-rules';
export { type LeftOutVector, vectorCases } from './vectors/vector-cases';
export type { Vector, VectorTensor } from './vectors/vector-format';
