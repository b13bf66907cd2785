import { type NormCall, type NormErrorCode, OPS, type Tensor, tensor } from '@normlayers/core';
import { type ConformanceCase, conformanceCase } from './conformance-case';

/** A call that must be refused, told apart by `what`; its arguments need not even type-check. */
interface BadCall {
  readonly what: string;
  readonly refusal: NormErrorCode;
  readonly call: Readonly<Record<string, unknown>>;
  readonly misuse?: ConformanceCase['misuse'];
}

const ones = (...shape: number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
});
const raw = (dtype: string, shape: readonly unknown[], data: unknown) => ({ dtype, shape, data });

const layer = { op: 'layerNorm', mode: 'inference', x: ones(2, 3) };
const layerBackward = { op: 'layerNorm', mode: 'backward', x: ones(2, 3), dy: ones(2, 3) };
const rms = { op: 'rmsNorm', mode: 'inference', x: ones(2, 3) };
const instance = { op: 'instanceNorm', mode: 'inference', x: ones(2, 3, 4) };
const group = { op: 'groupNorm', mode: 'inference', x: ones(2, 6, 4), groups: 3 };
const batch = { op: 'batchNorm', mode: 'inference', x: ones(2, 3, 4), mean: ones(3), variance: ones(3) };
const batchTraining = { op: 'batchNorm', mode: 'training', x: ones(2, 3, 4) };
const running = { ...batchTraining, runningMean: ones(3), runningVar: ones(3), convention: 'pytorch' };

const BAD_CALLS: readonly BadCall[] = [
  { what: 'gamma too long', refusal: 'parameter-length', call: { ...layer, gamma: ones(4) } },
  { what: 'beta too short', refusal: 'parameter-length', call: { ...instance, beta: ones(2) } },
  { what: 'gamma per group', refusal: 'parameter-length', call: { ...group, gamma: ones(3) } },
  { what: 'gamma too short', refusal: 'parameter-length', call: { ...rms, gamma: ones(1) } },
  { what: 'mean too long', refusal: 'parameter-length', call: { ...batch, mean: ones(4) } },
  { what: 'running mean too short', refusal: 'parameter-length', call: { ...running, runningMean: ones(2) } },
  { what: 'gamma in another shape', refusal: 'shape', call: { ...layer, axes: [0, 1], gamma: ones(3, 2) } },
  {
    what: 'x with too little data',
    refusal: 'data-length',
    call: { ...layer, x: raw('float32', [2, 3], new Float32Array(5)) },
  },
  { what: 'dy in another shape', refusal: 'shape', call: { ...layerBackward, dy: ones(3, 2) } },
  {
    what: 'dy of another type',
    refusal: 'dtype',
    call: { ...layerBackward, dy: raw('float64', [2, 3], new Float64Array(6)) },
  },
  {
    what: 'residual in another shape',
    refusal: 'shape',
    call: { ...layer, residual: ones(3, 2) },
  },
  {
    what: 'residual of another type',
    refusal: 'dtype',
    call: { ...rms, residual: raw('float64', [2, 3], new Float64Array(6)) },
  },
  { what: 'dsum in another shape', refusal: 'shape', call: { ...layerBackward, dsum: ones(6) } },
  { what: 'dsum without dy', refusal: 'unknown-argument', call: { ...layer, dsum: ones(2, 3) } },
  { what: 'residual', refusal: 'unknown-argument', call: { ...instance, residual: ones(2, 3, 4) } },
  { what: 'mask with channels', refusal: 'shape', call: { ...batchTraining, mask: ones(2, 3, 4) } },
  {
    what: 'mask of another type',
    refusal: 'dtype',
    call: { ...instance, mask: raw('float64', [2, 4], new Float64Array(8)) },
  },
  { what: 'mask', refusal: 'unknown-argument', call: { ...layer, mask: ones(2) } },
  {
    what: 'nothing that the mask leaves',
    refusal: 'empty-statistics',
    call: { ...batchTraining, mask: raw('float32', [2, 4], new Float32Array(8)) },
  },
  {
    what: 'running statistics of a masked Instance Norm',
    refusal: 'unknown-argument',
    call: { ...running, op: 'instanceNorm', mask: ones(2, 4) },
  },
  { what: 'NaN gamma offset', refusal: 'gamma-offset', call: { ...rms, gamma: ones(3), gammaOffset: NaN } },
  { what: 'gamma offset without gamma', refusal: 'missing-argument', call: { ...rms, gammaOffset: 1 } },
  { what: 'dy missing', refusal: 'missing-argument', call: { ...layerBackward, dy: undefined } },
  { what: 'x missing', refusal: 'missing-argument', call: { ...rms, x: undefined } },
  {
    what: 'a negative dimension',
    refusal: 'shape',
    call: { ...layer, x: raw('float32', [-2, 3], new Float32Array(6)) },
  },
  { what: 'rank 0', refusal: 'rank', call: { ...layer, x: ones() } },
  { what: 'rank 0', refusal: 'rank', call: { ...rms, x: ones(), axes: [0] } },
  { what: 'rank 1', refusal: 'rank', call: { ...instance, x: ones(3) } },
  { what: 'rank 1', refusal: 'rank', call: { ...group, x: ones(6) } },
  { what: 'rank 0', refusal: 'rank', call: { ...batchTraining, x: ones() } },
  { what: 'axis out of range', refusal: 'axis', call: { ...layer, axes: [2] } },
  { what: 'axis out of range', refusal: 'axis', call: { ...batchTraining, axis: -4 } },
  { what: 'a fractional axis', refusal: 'axis', call: { ...rms, axes: [0.5] } },
  { what: 'an axis twice', refusal: 'axis', call: { ...layer, axes: [1, -1] } },
  { what: 'axes that are no array', refusal: 'axis', call: { ...layer, axes: 1 } },
  { what: 'groups that do not divide', refusal: 'groups', call: { ...group, groups: 4 } },
  { what: 'no groups', refusal: 'groups', call: { ...group, groups: 0 } },
  { what: 'groups missing', refusal: 'groups', call: { ...group, groups: undefined } },
  { what: 'negative epsilon', refusal: 'epsilon', call: { ...layer, epsilon: -1e-5 } },
  { what: 'NaN epsilon', refusal: 'epsilon', call: { ...batch, epsilon: NaN } },
  { what: 'infinite epsilon', refusal: 'epsilon', call: { ...group, epsilon: Infinity } },
  { what: 'epsilon in words', refusal: 'epsilon', call: { ...rms, epsilon: '1e-5' } },
  { what: 'momentum above 1', refusal: 'momentum', call: { ...running, momentum: 1.1 } },
  { what: 'negative momentum', refusal: 'momentum', call: { ...running, momentum: -0.1 } },
  { what: 'NaN momentum', refusal: 'momentum', call: { ...running, momentum: NaN } },
  {
    what: 'null momentum of Keras',
    refusal: 'momentum',
    call: { ...running, convention: 'keras', momentum: null },
  },
  { what: 'null momentum without a count', refusal: 'momentum', call: { ...running, momentum: null } },
  { what: 'an unknown convention', refusal: 'convention', call: { ...running, convention: 'caffe' } },
  { what: 'no convention', refusal: 'missing-argument', call: { ...running, convention: undefined } },
  { what: 'running mean alone', refusal: 'missing-argument', call: { ...running, runningVar: undefined } },
  { what: 'mean alone', refusal: 'missing-argument', call: { ...batch, variance: undefined } },
  {
    what: 'no statistics',
    refusal: 'missing-argument',
    call: { ...batch, mean: undefined, variance: undefined },
  },
  {
    what: 'an unknown type',
    refusal: 'dtype',
    call: { ...layer, x: raw('int32', [2, 3], new Int32Array(6)) },
  },
  {
    what: 'data of another class',
    refusal: 'dtype',
    call: { ...layer, x: raw('float32', [2, 3], new Float64Array(6)) },
  },
  { what: 'gamma of another type', refusal: 'dtype', call: { ...layer, gamma: tensor(new Float64Array(3)) } },
  { what: 'an unknown layout', refusal: 'layout', call: { ...instance, layout: 'NCHW' } },
  {
    what: 'layout and axis',
    refusal: 'layout',
    call: { ...batchTraining, layout: 'channels-last', axis: 2 },
  },
  { what: 'an unknown operation', refusal: 'unknown-op', call: { ...layer, op: 'spectralNorm' } },
  { what: 'an unknown mode', refusal: 'unknown-op', call: { ...layer, mode: 'eval' } },
  { what: 'an argument of another operation', refusal: 'unknown-argument', call: { ...rms, beta: ones(3) } },
  { what: 'a misspelt argument', refusal: 'unknown-argument', call: { ...layer, eps: 1e-5 } },
  {
    what: 'training on an empty batch',
    refusal: 'empty-statistics',
    call: { ...batchTraining, x: ones(0, 3, 4) },
  },
  {
    what: 'n / (n - 1) of one element (pytorch #4534)',
    refusal: 'unbiased-variance',
    call: { ...running, x: ones(1, 3, 1) },
  },
  {
    what: 'n / (n - 1) of one element',
    refusal: 'unbiased-variance',
    call: { ...running, op: 'instanceNorm', x: ones(2, 3, 1) },
  },
  { what: 'run after dispose', refusal: 'disposed', call: layer, misuse: 'run-after-dispose' },
  { what: 'read before run', refusal: 'not-run', call: layer, misuse: 'read-before-run' },
];

/** Every bad input that the contract names, with the code of the NormError that each must give. */
export function badInputCases(): ConformanceCase[] {
  return BAD_CALLS.map(({ what, refusal, call, misuse }) => {
    const op = OPS.find((known) => known === call.op) ?? 'layerNorm';
    const mode = call.mode === 'training' || call.mode === 'backward' ? call.mode : 'inference';
    return conformanceCase({
      name: `${op} ${mode} bad input: ${what}`,
      op,
      mode,
      dtype: 'float32',
      refusal,
      ...(misuse === undefined ? {} : { misuse }),
      note: `must be refused with '${refusal}'`,
      tags: ['bad-input', refusal],
      build: () => call as unknown as NormCall,
    });
  });
}
