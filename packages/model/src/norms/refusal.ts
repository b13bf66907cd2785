/**
 * Why something was found and is left as it is, in a word that programs can rely on.
 *
 * - `inner-value-used`: a value inside of the chain is used elsewhere, or is the graph's output.
 * - `keepdims`: a mean drops its axes, so that what follows is broadcast along other axes.
 * - `unknown-rank`, `unknown-size`, `unknown-type`: the file does not say enough about the value.
 * - `mixed-types`: the chain changes its type on the way.
 * - `parameter-shape`: gamma or beta has another shape than the normalized axes, or broadcasting enlarges the input.
 * - `parameter-computed`: gamma or beta is computed by the model.
 * - `parameter-elsewhere`: the numbers are in a file that is not at hand.
 * - `epsilon-precision`: the operator holds epsilon as float32, and this one has more digits.
 * - `opset`: the operator is of a later opset, and the model cannot be raised to it.
 * - `target`: the parts run better than the operator on this target, or it has none.
 * - `nested`: in a place where this package changes nothing: a function of other opsets than the model.
 * - `training-mode`: the Batch Norm takes the batch's own statistics.
 * - `no-linear-layer`: no convolution or dense layer is next to the Batch Norm.
 * - `used-elsewhere`: what lies between the layer and the Batch Norm has another use.
 * - `weights-computed`: the layer's weights are computed by the model, or quantized in an ONNX model.
 * - `channel-axis`: the channels of the Batch Norm are not those of the layer.
 * - `padding`: the layer after the Batch Norm pads with zeros, which stand for no value before it.
 * - `overflow`: the folded weights are beyond their type.
 * - `not-reached`: the inputs of the run do not take the branch that it is in.
 */
export type ReasonCode =
  | 'inner-value-used'
  | 'keepdims'
  | 'unknown-rank'
  | 'unknown-size'
  | 'unknown-type'
  | 'mixed-types'
  | 'parameter-shape'
  | 'parameter-computed'
  | 'parameter-elsewhere'
  | 'epsilon-precision'
  | 'opset'
  | 'target'
  | 'nested'
  | 'training-mode'
  | 'no-linear-layer'
  | 'used-elsewhere'
  | 'weights-computed'
  | 'channel-axis'
  | 'padding'
  | 'overflow'
  | 'not-reached';

/** A refusal is a value: what is refused stays in the model as it was. */
export interface Refusal {
  readonly reason: ReasonCode;
  /** A sentence with the names and sizes at hand. */
  readonly message: string;
}

export function refusal(reason: ReasonCode, message: string): Refusal {
  return { reason, message };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'reason' in value && 'message' in value;
}
