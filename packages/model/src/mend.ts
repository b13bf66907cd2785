import { NormError } from '@normlayers/core';
import { GraphEdit } from './formats/onnx/edit';
import { linkOnnx, readOnnx } from './formats/onnx/read';
import type { ExternalFiles } from './formats/onnx/tensors';
import { writeOnnx } from './formats/onnx/write';
import { nameOf } from './graph/spelling';
import { onnxNorms } from './inspect';
import type { Norm } from './norms/norm';
import { applyFold } from './rewrites/fold';
import { applyFusion } from './rewrites/fuse';
import { type Target, TARGETS } from './rewrites/targets';

/** One thing that was changed. */
export interface Change {
  readonly kind: 'fuse' | 'fold';
  /** The operator that was written, or the layer that took the scaling in. */
  readonly into: string;
  /** The nodes that were taken out. */
  readonly nodes: readonly string[];
  readonly output: string;
}

export interface MendOptions {
  /** Where the model is to run. Default: `any`. */
  readonly target?: Target;
  /** External data by file name, or read as asked for; weights that are not there are not folded. Default: none. */
  readonly files?: ExternalFiles;
  /** Whether chains become one operator. Default: true. */
  readonly fuse?: boolean;
  /** Whether Batch Norms go into the layers beside them. Default: true. */
  readonly fold?: boolean;
}

export interface Mended {
  /** The model; the very bytes that came in where nothing changed. */
  readonly bytes: Uint8Array;
  readonly changes: readonly Change[];
  /** What is in the model now. */
  readonly norms: readonly Norm[];
}

/**
 * Mends an ONNX model: chains of operators that are a normalization become the one operator, Batch Norms go into the
 * layers beside them. What cannot be done safely stays as it is, with the reason in `norms`. What does not change is kept
 * byte for byte.
 *
 * Nothing is run here: `verify` says how far the two models differ.
 *
 * @throws NormError `file` where the bytes are no ONNX model; `unknown-argument` for an unknown target.
 */
export function mendOnnx(bytes: Uint8Array, options: MendOptions = {}): Mended {
  const { target = 'any', files = {}, fuse = true, fold = true } = options;
  if (!TARGETS.includes(target)) {
    throw new NormError('unknown-argument', `target is ${target}; expected one of ${TARGETS.join(', ')}.`);
  }
  const file = readOnnx(bytes, files);
  const changes: Change[] = [];
  // Folding first: what it takes out is no longer in the way of what is fused.
  if (fold) {
    for (const graph of linkOnnx(file)) {
      const { folds } = onnxNorms(file, graph, target);
      if (folds.length === 0) continue;
      const edit = new GraphEdit(file, graph);
      for (const one of folds) {
        applyFold(one, edit);
        const scalings = [...one.before, ...one.after];
        changes.push({
          kind: 'fold',
          into: nameOf(one.layer.node),
          nodes: scalings.map(({ node }) => nameOf(node)),
          output: (one.after.at(-1)?.y ?? one.layer.y).name,
        });
      }
      edit.apply();
    }
  }
  if (fuse) {
    for (const graph of linkOnnx(file)) {
      const fusions = onnxNorms(file, graph, target).norms.filter(({ fusion }) => fusion !== undefined);
      if (fusions.length === 0) continue;
      const edit = new GraphEdit(file, graph);
      for (const { fusion, norm } of fusions) {
        applyFusion(fusion!, edit);
        changes.push({ kind: 'fuse', into: fusion!.operator, nodes: norm.nodes, output: norm.output });
      }
      edit.apply();
    }
  }
  const norms = linkOnnx(file).flatMap((graph) => onnxNorms(file, graph, target).norms);
  return { bytes: writeOnnx(file), changes, norms: norms.map(({ norm }) => norm) };
}
