import { NormError } from '@normlayers/core';
import type { TensorFlow, TfTensor } from '../framework';
import { loadFusedKernels } from '../fused/load';
import { createNorm, type Norm } from '../norm';
import { checkTensorFlow } from '../options';

/** A node of a graph model as TensorFlow.js hands it to an operator that was registered. */
interface OperatorNode {
  readonly inputs: readonly TfTensor[];
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** The `tf` of `@tensorflow/tfjs`, or tfjs-core's with the two functions of `@tensorflow/tfjs-converter`. */
export interface TensorFlowWithOperators extends TensorFlow {
  registerOp(name: string, compute: (node: OperatorNode) => TfTensor): void;
}

/**
 * Gives TensorFlow.js two operators for graph models, `NormlayersLayerNorm` and `NormlayersRmsNorm`: what the chains of a
 * graph model become by `mend(artifacts, { target: 'normlayers' })` of `@normlayers/model/tfjs`. They run on our kernels on
 * every back end.
 *
 * Both compute normalized(x) * gamma + beta with TensorFlow's broadcasting. Their inputs are x, then gamma where the
 * attribute `scale` is true, then beta where `center` is; `axes` are those that share statistics, negative from the end,
 * and `epsilon` is added under the root. Models find operators by name, for all of TensorFlow.js: registering them again
 * changes nothing.
 *
 * @param tf your `@tensorflow/tfjs`. What is chosen as its backend now is made ready.
 * @throws NormError `missing-argument` where tf is not TensorFlow.js, or registers no operators.
 *
 * @example
 * ```ts
 * import { useNormOperators } from '@normlayers/tfjs';
 * import * as tf from '@tensorflow/tfjs';
 *
 * await tf.setBackend('cpu');
 * await useNormOperators(tf);
 * const node = [
 *   { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } },
 *   { name: 'y', op: 'NormlayersLayerNorm', input: ['x'], attr: { axes: { list: { i: ['-1'] } }, epsilon: { f: 0 } } },
 * ];
 * const modelTopology = { node, versions: { producer: 1 } };
 * const weights = { weightSpecs: [], weightData: new ArrayBuffer(0) };
 * const model = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology, ...weights }));
 * const y = model.predict(tf.tensor2d([[1, 3], [10, 30]])) as tf.Tensor;
 * assert.deepEqual([...y.dataSync()], [-1, 1, -1, 1]);
 * ```
 */
export async function useNormOperators(tf: TensorFlowWithOperators): Promise<void> {
  checkTensorFlow('useNormOperators', tf);
  if (typeof tf.registerOp !== 'function') {
    throw new NormError('missing-argument', 'useNormOperators needs the tf of @tensorflow/tfjs.', {
      argument: 'tf',
    });
  }
  const norm = createNorm({ tf });
  for (const op of ['layerNorm', 'rmsNorm'] as const) {
    const compute = (node: OperatorNode) => tf.tidy(() => normalized(tf, norm, op, node));
    tf.registerOp(op === 'layerNorm' ? 'NormlayersLayerNorm' : 'NormlayersRmsNorm', compute);
  }
  await tf.ready();
  await loadFusedKernels(tf);
}

function normalized(
  tf: TensorFlow,
  norm: Norm,
  op: 'layerNorm' | 'rmsNorm',
  { inputs, attrs }: OperatorNode,
): TfTensor {
  const [x, ...parameters] = inputs;
  if (x === undefined) throw new NormError('missing-argument', `${op}: x is missing.`, { argument: 'x' });
  const gamma = attrs.scale === true ? parameters.shift() : undefined;
  const beta = attrs.center === true ? parameters.shift() : undefined;
  const said = (attrs.axes ?? [-1]) as readonly number[];
  const axes = said.map((axis) => (axis < 0 ? axis + x.rank : axis)).sort((a, b) => a - b);
  const call = { x, axes, epsilon: Number(attrs.epsilon ?? 0) };
  // The kernels take one number for each normalized element. What is broadcast otherwise is applied afterwards, and beta
  // with it.
  const ownGamma = gamma && along(tf, gamma, x, axes);
  const known = gamma === undefined || ownGamma !== null;
  const ownBeta = known && beta && op === 'layerNorm' ? along(tf, beta, x, axes) : null;
  const given = { ...call, ...(ownGamma ? { gamma: ownGamma } : {}) };
  const { y } =
    op === 'rmsNorm'
      ? norm.rmsNorm(given)
      : norm.layerNorm({ ...given, ...(ownBeta ? { beta: ownBeta } : {}) });
  const scaled = gamma === undefined || ownGamma ? y : tf.mul(y, gamma);
  return beta === undefined || ownBeta ? scaled : tf.add(scaled, beta);
}

/** A parameter with the sizes of the normalized axes; null where it is broadcast in another way. */
function along(tf: TensorFlow, parameter: TfTensor, x: TfTensor, axes: readonly number[]): TfTensor | null {
  const missing = x.rank - parameter.rank;
  if (missing < 0) return null;
  const fits = x.shape.every((size, axis) => {
    const own = axis < missing ? 1 : parameter.shape[axis - missing];
    return own === (axes.includes(axis) ? size : 1);
  });
  return fits
    ? tf.reshape(
        parameter,
        axes.map((axis) => x.shape[axis] as number),
      )
    : null;
}
