import { type TfjsArtifacts, tfjsFormat, Weights } from '../../formats/tfjs/artifacts';
import { inputNames, signatureOf } from '../../formats/tfjs/graph-def';
import { type TappedLayers, withLayerOutputs } from '../../formats/tfjs/layer-outputs';
import type { Constant } from '../../graph/constant';
import type { ElementType } from '../../graph/element-type';
import { graphModelNorms } from '../../norms/graph-norms';
import type { Norm } from '../../norms/norm';
import type { Parameter } from '../../norms/parameters';
import { isRefusal, refusal } from '../../norms/refusal';
import { inspect } from '../../tfjs/inspect';
import type { Tapped, TappedNorm, Untapped } from '../tapped';

export interface TappedTfjs {
  readonly artifacts: TfjsArtifacts;
  readonly norms: readonly (TappedNorm | Untapped)[];
}

const NESTED = refusal('nested', 'it is in a function, or in a model within the model.');
const ELSEWHERE = refusal('parameter-elsewhere', 'its parameters are not at hand.');

/** A model that gives what its norms take and make; what it gave before it gives no more. */
export function tappedArtifacts(artifacts: TfjsArtifacts): TappedTfjs {
  return tfjsFormat(artifacts) === 'tfjs-graph' ? tappedGraph(artifacts) : tappedLayers(artifacts);
}

const seen = (name: string) => ({ name, iterations: 0 });

function tappedGraph(artifacts: TfjsArtifacts): TappedTfjs {
  const weights = new Weights(artifacts);
  const names = new Set<string>();
  const norms = graphModelNorms(artifacts, 'any', weights).flatMap(({ norms }) =>
    norms.map(({ norm, operands }): TappedNorm | Untapped => {
      if (norm.graph !== '') return { norm, why: NESTED };
      if (isRefusal(operands)) return { norm, why: operands };
      const { x, y, gamma, beta, mean, variance, channelAxis } = operands;
      const tapped = (parameter: Parameter | null | undefined): Tapped | null => {
        if (parameter == null) return null;
        if (parameter.constant !== undefined) return { constant: parameter.constant };
        names.add(parameter.value.name);
        return seen(parameter.value.name);
      };
      for (const { name } of [x, y]) names.add(name);
      return {
        norm,
        operands: channelAxis === undefined ? {} : { channelAxis },
        x: seen(x.name),
        y: seen(y.name),
        gamma: tapped(gamma),
        beta: tapped(beta),
        mean: tapped(mean),
        variance: tapped(variance),
      };
    }),
  );
  const outputs = Object.fromEntries([...names].map((name) => [name, { name }]));
  const { inputs } = signatureOf(artifacts);
  // TensorFlow.js takes inputs by their names in the signature, or else by those of their nodes.
  const signature = { ...(inputNames(artifacts) === null ? {} : { inputs }), outputs };
  const { userDefinedMetadata: _, ...rest } = artifacts;
  return { artifacts: names.size === 0 ? artifacts : { ...rest, signature }, norms };
}

function tappedLayers(artifacts: TfjsArtifacts): TappedTfjs {
  const weights = new Weights(artifacts);
  const constant = (name: string): { constant: Constant } | null => {
    const spec = weights.spec(name);
    if (spec === undefined) return null;
    const type = spec.dtype as ElementType;
    return { constant: { type, shape: spec.shape, read: () => weights.read(name) } };
  };
  const { norms: found } = inspect(artifacts);
  const { tapped, artifacts: changed }: TappedLayers = withLayerOutputs(
    artifacts,
    found.map(({ output }) => output),
  );
  const norms = found.flatMap((norm): (TappedNorm | Untapped)[] => {
    const calls = tapped.get(norm.output);
    if (calls === undefined) return [{ norm, why: NESTED }];
    return calls.map(({ layer, inputs }) => {
      const { axis, name } = layer.config;
      const [channelAxis] = [axis ?? -1].flat() as number[];
      const isBatchNorm = norm.op === 'batchNorm';
      const mean = isBatchNorm ? constant(`${norm.output}/moving_mean`) : null;
      const variance = isBatchNorm ? constant(`${norm.output}/moving_variance`) : null;
      const gamma = norm.gamma === null ? null : constant(norm.gamma);
      const beta = norm.beta === null ? null : constant(norm.beta);
      // Each call is told of by itself.
      const own: Norm = { ...norm, output: name! };
      const missing =
        (isBatchNorm && (mean === null || variance === null)) ||
        (norm.gamma !== null && gamma === null) ||
        (norm.beta !== null && beta === null);
      if (missing) return { norm: own, why: ELSEWHERE };
      const [x, y] = [seen(inputs[0]![0]), seen(name!)];
      return { norm: own, operands: { channelAxis: channelAxis! }, x, y, gamma, beta, mean, variance };
    });
  });
  return { artifacts: changed, norms };
}
