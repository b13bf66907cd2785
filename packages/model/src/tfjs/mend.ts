import { NormError } from '@normlayers/core';
import { type TfjsArtifacts, tfjsFormat } from '../formats/tfjs/artifacts';
import type { Norm } from '../norms/norm';
import type { Change } from '../rewrites/change';
import { checkTarget, TFJS_TARGETS, type TfjsTarget } from '../rewrites/targets';
import { foldLayers } from '../rewrites/tfjs/fold-layers';
import { mendGraphModel } from '../rewrites/tfjs/mend-graph-model';
import { inspect } from './inspect';

/** How a TensorFlow.js model is mended. */
export interface TfjsMendOptions {
  /** Whether chains of graph models become one operator, where the target has ours. Default: true. */
  readonly fuse?: boolean;
  /** Whether Batch Norms go into the layers beside them. Default: true. */
  readonly fold?: boolean;
  /**
   * Where the model is to run. With `normlayers` the chains of graph models become operators that
   * `useNormOperators` of `@normlayers/tfjs` gives TensorFlow.js; by default, `any`, they stay.
   */
  readonly target?: TfjsTarget;
}

export interface MendedArtifacts<A extends TfjsArtifacts = TfjsArtifacts> {
  /** The model; the very artifacts that came in where nothing changed. */
  readonly artifacts: A;
  readonly changes: readonly Change[];
  /** What is in the model now. */
  readonly norms: readonly Norm[];
}

/**
 * Mends a TensorFlow.js model for inference: Batch Norms go into the layers beside them, and chains of graph models become
 * one operator where the target has ours. What cannot be done safely stays as it is, with the reason in `norms`.
 *
 * Nothing is run here: `verify` says how far two models differ.
 *
 * @throws NormError `file` where it is no model; `unknown-argument` for an unknown target.
 */
export function mend<A extends TfjsArtifacts>(model: A, options: TfjsMendOptions = {}): MendedArtifacts<A> {
  const { fuse = true, fold = true, target = 'any' } = options;
  checkTarget(target, TFJS_TARGETS);
  if (tfjsFormat(model) === 'tfjs-graph') {
    const { artifacts, changes } = mendGraphModel(model, { target, fold, fuse });
    return { artifacts: artifacts as A, changes, norms: inspect(artifacts, { target }).norms };
  }
  const folded = fold ? foldLayers(model) : null;
  const artifacts = folded?.artifacts() ?? model;
  return { artifacts: artifacts as A, changes: folded?.changes ?? [], norms: inspect(artifacts).norms };
}

/**
 * What loads a TensorFlow.js model, mended on the way: `tf.loadLayersModel(mended(handler))`,
 * `tf.loadGraphModel(mended(handler, { target: 'normlayers' }))`.
 *
 * @param handler an IO handler: what `tf.io.http(url)` gives, or anything with a `load`.
 */
export function mended<A extends TfjsArtifacts>(
  handler: { load?: () => Promise<A> },
  options: TfjsMendOptions = {},
): { load: () => Promise<A> } {
  return {
    async load() {
      if (handler.load === undefined) throw new NormError('missing-argument', 'the handler has no load.');
      return mend(await handler.load(), options).artifacts;
    },
  };
}
