import { NormError } from '@normlayers/core';
import { type TfjsArtifacts, tfjsFormat } from '../../formats/tfjs/artifacts';
import type { ModelTensor, ModelTensors, RunModel } from '../model-tensor';

interface TfTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  data(): Promise<ArrayLike<number>>;
}

/** The `tf` of `@tensorflow/tfjs`: what is used of it to run a model. */
export interface TensorFlowModels {
  tensor(data: never, shape: number[], dtype: never): unknown;
  dispose(tensors: never): void;
  loadGraphModel(handler: never): Promise<unknown>;
  loadLayersModel(handler: never): Promise<unknown>;
}

interface GraphModel {
  readonly outputNodes: readonly string[];
  execute(inputs: object): TfTensor | TfTensor[];
  executeAsync(inputs: object): Promise<TfTensor | TfTensor[]>;
  dispose(): void;
}

interface LayersModel {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  predict(inputs: unknown[]): TfTensor | TfTensor[];
  dispose(): void;
}

/**
 * Runs TensorFlow.js models, for `verify` and `judgeModel`, with your TensorFlow.js on the backend that is chosen. Nothing
 * is left of the model afterwards.
 *
 * @param tf your `@tensorflow/tfjs`.
 *
 * @example
 * ```ts
 * import { mend, type TfjsArtifacts, tfjsRunner, verify } from '@normlayers/model/tfjs';
 * import * as tf from '@tensorflow/tfjs';
 *
 * await tf.setBackend('cpu');
 * const model = tf.sequential({
 *   layers: [tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [5, 5, 1] }), tf.layers.batchNormalization()],
 * });
 * let original: TfjsArtifacts = {};
 * await model.save(
 *   tf.io.withSaveHandler(async (artifacts) => {
 *     original = artifacts as TfjsArtifacts;
 *     return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
 *   }),
 * );
 * const { artifacts } = mend(original);
 * const { right, digits } = await verify({ original, mended: artifacts, run: tfjsRunner(tf) });
 * assert(right && digits > 5);
 * ```
 */
export function tfjsRunner(tf: TensorFlowModels): RunModel<TfjsArtifacts> {
  if (typeof tf?.loadGraphModel !== 'function' || typeof tf.loadLayersModel !== 'function') {
    throw new NormError('missing-argument', 'tfjsRunner needs the tf of @tensorflow/tfjs.', {
      argument: 'tf',
    });
  }
  return async (artifacts, inputs) => {
    const held: unknown[] = [];
    const tensorOf = ({ data, dims, type }: ModelTensor) => {
      const tensor = tf.tensor(data as never, [...dims], type as never);
      held.push(tensor);
      return tensor;
    };
    const handler = { load: async () => artifacts } as never;
    const isGraph = tfjsFormat(artifacts) === 'tfjs-graph';
    const model = await (isGraph ? tf.loadGraphModel(handler) : tf.loadLayersModel(handler));
    try {
      const results = isGraph
        ? await executed(model as GraphModel, inputs, tensorOf)
        : predicted(model as LayersModel, inputs, tensorOf);
      held.push(...Object.values(results));
      const outputs: Record<string, ModelTensor> = {};
      for (const [name, tensor] of Object.entries(results)) {
        outputs[name] = { type: tensor.dtype, dims: tensor.shape, data: await tensor.data() };
      }
      return outputs;
    } finally {
      tf.dispose(held as never);
      (model as GraphModel | LayersModel).dispose();
    }
  };
}

type Named = Record<string, TfTensor>;

async function executed(
  model: GraphModel,
  inputs: ModelTensors,
  tensorOf: (tensor: ModelTensor) => unknown,
): Promise<Named> {
  const given = Object.fromEntries(Object.entries(inputs).map(([name, one]) => [name, tensorOf(one)]));
  let results: TfTensor | TfTensor[];
  try {
    results = model.execute(given);
  } catch {
    // What has control flow, or results whose sizes depend on numbers, runs in this way only. It says what is wrong, too.
    results = await model.executeAsync(given);
  }
  return named(model.outputNodes, results);
}

function predicted(
  model: LayersModel,
  inputs: ModelTensors,
  tensorOf: (tensor: ModelTensor) => unknown,
): Named {
  const ofModel = model.inputNames.map((name) => {
    const input = inputs[name];
    if (input === undefined) throw new NormError('missing-argument', `input ${name} is missing.`);
    return input;
  });
  // A Sequential tells no names, and takes one input.
  const given = (ofModel.length > 0 ? ofModel : Object.values(inputs)).map(tensorOf);
  return named(model.outputNames, model.predict(given));
}

function named(names: readonly string[], results: TfTensor | TfTensor[]): Named {
  const list = [results].flat();
  return Object.fromEntries(list.map((tensor, i) => [names[i] ?? String(i), tensor]));
}
