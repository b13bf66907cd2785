import type { WeightLayout } from '@normlayers/core/weights';
import { isWritable } from '../../formats/onnx/data-types';
import type { Constant } from '../../graph/constant';
import type { ElementType } from '../../graph/element-type';
import { evaluated } from '../../graph/evaluate';
import { isOp, type Node, numberOf, numbersOf, onlyUse, type Value } from '../../graph/graph';
import { isRefusal, type Refusal, refusal } from '../../norms/refusal';
import { type Scaling, scalingOf } from '../scaling';

/** A linear layer whose weights the file holds. */
export interface Layer {
  readonly node: Node;
  readonly x: Value;
  readonly y: Value;
  readonly type: ElementType;
  readonly weightName: string;
  readonly shape: readonly number[];
  /** Its numbers are read when something is folded. */
  readonly weight: Constant;
  /** null: it has none. */
  readonly bias: Float64Array | null;
  readonly layout: WeightLayout;
  readonly groups: number;
  readonly outputs: number;
  /** The axis of its output that the channels are on. */
  readonly axis: number;
  readonly padded: boolean;
  /** An Add of a constant after a MatMul is its bias. */
  readonly biasNode: Node | null;
}

/** An ONNX node as a linear layer, or why it is none that can be folded into. */
export function layerOf(node: Node): Layer | Refusal {
  const [x, weightValue, biasValue] = node.inputs;
  const [y] = node.outputs;
  const weightConstant = evaluated(weightValue ?? null);
  const type = weightConstant?.type ?? null;
  if (x == null || y == null || weightConstant === null || !isWritable(type)) {
    return refusal(
      'weights-computed',
      `the weights of ${node.name || node.op} are computed, quantized or not at hand.`,
    );
  }
  const { shape } = weightConstant;
  const common = {
    node,
    x,
    y,
    type: type!,
    weightName: weightValue!.name,
    shape,
    biasNode: null,
    groups: 1,
    padded: false,
    axis: 1,
  };
  const given = biasValue == null ? null : evaluated(biasValue);
  if (biasValue != null && given === null) {
    return refusal('weights-computed', `the bias of ${node.name || node.op} is computed.`);
  }
  if (isOp(node, 'Gemm')) {
    const transposed = numberOf(node, 'transB', 0) === 1;
    const outputs = shape[transposed ? 0 : 1]!;
    const beta = numberOf(node, 'beta', 1);
    const alpha = numberOf(node, 'alpha', 1);
    const one = given?.read() ?? null;
    const row = given === null || given.shape.length < 2 || given.shape[0] === 1;
    if (given !== null && (one === null || !row || (one.length !== 1 && one.length !== outputs))) {
      return refusal('weights-computed', `the bias of ${node.name || node.op} has shape [${given.shape}].`);
    }
    if (numberOf(node, 'transA', 0) === 1) return refusal('channel-axis', 'its input is transposed.');
    const bias =
      one && Float64Array.from({ length: outputs }, (_, o) => beta * one[one.length === 1 ? 0 : o]!);
    const weight = alpha === 1 ? weightConstant : times(weightConstant, alpha);
    return { ...common, weight, bias, outputs, layout: transposed ? 'onnx-gemm-transposed' : 'onnx-gemm' };
  }
  if (isOp(node, 'MatMul')) {
    const rank = y.shape?.length;
    if (shape.length !== 2 || rank === undefined || rank < 2) {
      return refusal('unknown-rank', `the rank of ${y.name} is not known.`);
    }
    const outputs = shape[1]!;
    const matMul: Layer = {
      ...common,
      weight: weightConstant,
      bias: null,
      outputs,
      layout: 'onnx-matmul',
      axis: rank - 1,
    };
    const add = onlyUse(y);
    const bias = isOp(add, 'Add') ? scalingOf(add) : null;
    if (bias === null || isRefusal(bias) || bias.x !== y || !onChannels(bias, rank - 1, outputs))
      return matMul;
    const wide = Float64Array.from(
      { length: outputs },
      (_, o) => bias.shift[bias.shift.length === 1 ? 0 : o]!,
    );
    return { ...matMul, bias: wide, biasNode: add, y: bias.y };
  }
  const transposed = node.op === 'ConvTranspose';
  const groups = numberOf(node, 'group', 1);
  const auto = node.attributes.auto_pad ?? 'NOTSET';
  return {
    ...common,
    weight: weightConstant,
    bias: given?.read() ?? null,
    groups,
    outputs: transposed ? shape[1]! * groups : shape[0]!,
    layout: transposed ? 'onnx-conv-transpose' : 'onnx-conv',
    padded:
      (auto !== 'NOTSET' && auto !== 'VALID') || (numbersOf(node, 'pads')?.some((pad) => pad !== 0) ?? false),
  };
}

/** Whether a scaling has a number for each channel of an axis, or one for all. */
export function onChannels({ axis, scale, shift }: Scaling, channelAxis: number, channels: number): boolean {
  return axis === null || (axis === channelAxis && Math.max(scale.length, shift.length) === channels);
}

function times({ type, shape, read }: Constant, factor: number): Constant {
  return { type, shape, read: () => read()?.map((number) => factor * number) ?? null };
}
