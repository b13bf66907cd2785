import type { GraphSpec } from '../graphs/call-graph';
import { type AxisSizes, axesWhere } from '../graphs/reduction-axes';
import { OnnxGraph, type Value } from '../model/onnx-graph';

/** BatchNormalization or InstanceNormalization of x with its channels second. */
export function nativeWebglGraph(spec: GraphSpec, { dims }: AxisSizes): OnnxGraph {
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
  const attributes = { epsilon: { float: spec.operator!.epsilon } };
  const y =
    spec.operator!.op === 'batchNorm'
      ? onnx.node('BatchNormalization', [...inputs, given('mean'), given('variance')], { attributes })
      : onnx.node('InstanceNormalization', inputs, { attributes });
  onnx.output('y', swap(y), dims);
  return onnx;
}
