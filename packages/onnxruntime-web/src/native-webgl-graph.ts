import type { Support } from '@normlayers/core';
import type { GraphSpec, Sizes } from './call-graph';
import { axesWhere } from './frame';
import type { DescribedCall } from './graph-calls';
import { OnnxGraph, type Value } from './onnx-graph';

const HAS_NONE = {
  layerNorm: 'LayerNormalization',
  groupNorm: 'GroupNormalization',
  rmsNorm: 'RMSNormalization',
} as const;

/** What a person gets of ONNX's own operators on the WebGL provider (1.30). */
export function nativeWebglSupport({ op, mode, x }: DescribedCall): Support {
  const none = (reason: string): Support => ({ supported: false, reason });
  if (mode === 'backward') return none('ONNX has no gradient operators');
  if (op !== 'batchNorm' && op !== 'instanceNorm') {
    return none(`ONNX Runtime’s WebGL provider has no ${HAS_NONE[op]}`);
  }
  if (mode === 'training') {
    return none(
      op === 'batchNorm'
        ? 'the WebGL provider’s BatchNormalization has no training mode'
        : 'InstanceNormalization gives no statistics',
    );
  }
  if (op === 'batchNorm' && x.shape.length < 3) {
    return none('the WebGL provider’s BatchNormalization takes three dimensions or more');
  }
  return { supported: true, via: 'native' };
}

/** How many axes x has to have for these operators, at least; InstanceNormalization takes no other number. */
export function nativeWebglRank(op: 'batchNorm' | 'instanceNorm'): 3 | 4 {
  return op === 'batchNorm' ? 3 : 4;
}

/** BatchNormalization or InstanceNormalization of x with its channels second. */
export function nativeWebglGraph(spec: GraphSpec, { dims }: Sizes): OnnxGraph {
  const onnx = new OnnxGraph(12);
  const [channelAxis] = axesWhere(spec, ({ parametric }) => parametric);
  const order = dims.map((_, axis) => (axis === 1 ? channelAxis : axis === channelAxis ? 1 : axis));
  const swapped = channelAxis !== 1;
  const swap = (value: Value) =>
    swapped ? onnx.node('Transpose', [value], { attributes: { perm: order } }) : value;
  const channels = dims[channelAxis];
  const parameter = (name: 'gamma' | 'beta', otherwise: number) =>
    spec.types[name] === undefined
      ? onnx.constant(Array<number>(channels).fill(otherwise), 'float32')
      : onnx.input(name, 'float32', [channels]);
  const inputs = [swap(onnx.input('x', 'float32', dims)), parameter('gamma', 1), parameter('beta', 0)];
  const given = (name: 'mean' | 'variance') => onnx.input(name, 'float32', [channels]);
  const attributes = { epsilon: { float: spec.epsilon! } };
  const y =
    spec.op === 'batchNorm'
      ? onnx.node('BatchNormalization', [...inputs, given('mean'), given('variance')], { attributes })
      : onnx.node('InstanceNormalization', inputs, { attributes });
  onnx.output('y', swap(y), dims);
  return onnx;
}
