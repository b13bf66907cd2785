import { GraphEdit } from './formats/onnx/edit';
import type { OnnxFile } from './formats/onnx/read';
import type { ExternalFiles } from './formats/onnx/tensors';
import { writeOnnx } from './formats/onnx/write';
import { nameOf } from './graph/spelling';
import type { Inspection } from './norms/inspection';
import { modelNorms } from './norms/model-norms';
import type { Norm } from './norms/norm';
import type { Change } from './rewrites/change';
import { applyFold, foldChange } from './rewrites/fold/apply-fold';
import { readWithFunctionNorms } from './rewrites/function-norms';
import { applyFusion } from './rewrites/fuse';
import type { Raise } from './rewrites/raise-opset';
import { applySteadying, planSteadying } from './rewrites/steady';
import { checkTarget, TARGETS, type Target } from './rewrites/targets';
import { applyWidening } from './rewrites/widen-chain';

export interface MendOptions {
  /** Where the model is to run. Default: `any`. */
  readonly target?: Target;
  /** External data by file name, or read as asked for; weights that are not there are not folded. Default: none. */
  readonly files?: ExternalFiles;
  /** Whether chains become one operator. Default: true. */
  readonly fuse?: boolean;
  /** Whether Batch Norms go into the layers beside them. Default: true. */
  readonly fold?: boolean;
  /**
   * What `judgeModel` found. Operators that came out wrong are helped: centred where their input is far from 0 (for `webgpu`
   * wherever it is), rescaled where a square overflows float16. Default: none is.
   */
  readonly judgement?: Pick<Inspection, 'norms'>;
}

export interface Mended {
  /** The model; the very bytes that came in where nothing changed. */
  readonly bytes: Uint8Array;
  readonly changes: readonly Change[];
  /** What is in the model now. */
  readonly norms: readonly Norm[];
}

/**
 * Mends a model: chains of operators that are a normalization become the one operator, and Batch Norms go into the layers
 * beside them. What cannot be done safely stays as it is, with the reason in `norms`. What does not change is kept byte for
 * byte.
 *
 * Nothing is run here: `verify` says how far two models differ.
 *
 * @param bytes of an ONNX file. TensorFlow.js's models go to `mend` of `@normlayers/model/tfjs`.
 * @throws NormError `file` where it is no model; `unknown-argument` for an unknown target.
 *
 * @example
 * ```ts
 * import { mend } from '@normlayers/model';
 * import { readFile } from 'node:fs/promises';
 *
 * const { bytes, changes } = mend(await readFile(process.env.MODEL!), { target: 'wasm' });
 * assert.deepEqual(changes.map(({ kind, into }) => `${kind} ${into}`), [
 *   'fuse LayerNormalization',
 *   'fuse LayerNormalization',
 * ]);
 * assert(bytes.length > 0);
 * ```
 */
export function mend(bytes: Uint8Array, options: MendOptions = {}): Mended {
  const { target = 'any', files = {}, fuse = true, fold = true, judgement } = options;
  checkTarget(target, TARGETS);
  const file = readWithFunctionNorms(bytes, files, target);
  const changes: Change[] = [];
  // Folding first: what it takes out is no longer in the way of what is fused.
  if (fold) {
    for (const { graph, folds } of modelNorms(file, target).graphs) {
      if (folds.length === 0) continue;
      const edit = new GraphEdit(file, graph);
      for (const one of folds) {
        applyFold(one, edit);
        changes.push(foldChange(one));
      }
      edit.apply();
    }
  }
  if (fuse) {
    const { raise } = modelNorms(file, target);
    if (raise !== null) {
      applyRaise(file, raise);
      changes.push({ kind: 'opset', into: `opset ${raise.to}`, nodes: [], output: '' });
    }
    for (const { graph, norms } of modelNorms(file, target).graphs) {
      const chains = norms.filter(({ fusion, widening }) => fusion ?? widening);
      if (chains.length === 0) continue;
      const edit = new GraphEdit(file, graph);
      for (const { fusion, widening, norm } of chains) {
        const { nodes, output } = norm;
        if (fusion !== undefined) applyFusion(fusion, edit);
        else applyWidening(widening!, edit);
        changes.push(
          fusion === undefined
            ? { kind: 'widen', into: 'float32', nodes, output }
            : { kind: 'fuse', into: fusion.operator, nodes, output },
        );
      }
      edit.apply();
    }
  }
  if (judgement !== undefined) changes.push(...steadied(file, judgement.norms, target));
  const norms = modelNorms(file, target).graphs.flatMap((graph) => graph.norms);
  // Functions may stand in the places of their calls by now, for nothing.
  const written = changes.length === 0 ? bytes : writeOnnx(file);
  return { bytes: written, changes, norms: norms.map(({ norm }) => norm) };
}

/** Helps the operators that a run has shown to need it. */
function steadied(file: OnnxFile, judged: readonly Norm[], target: Target): Change[] {
  const byOutput = new Map(judged.map((norm) => [norm.graph === '' ? norm.output : '', norm]));
  const changes: Change[] = [];
  for (const { graph, norms } of modelNorms(file, target).graphs) {
    const planned = norms.flatMap((found) => {
      const one = graph.path === '' ? byOutput.get(found.norm.output) : undefined;
      return (one && planSteadying(found, one, target)) ?? [];
    });
    if (planned.length === 0) continue;
    const edit = new GraphEdit(file, graph);
    for (const one of planned) {
      applySteadying(one, edit);
      const { node, centre, shift } = one;
      const told = { into: node.op, nodes: [nameOf(node)], output: node.message.output[0]! };
      if (centre !== null) changes.push({ kind: 'centre', ...told });
      if (shift !== 0) changes.push({ kind: 'rescale', ...told });
    }
    edit.apply();
  }
  return changes;
}

/** Says the model in a later opset, operator by operator. */
function applyRaise(file: OnnxFile, { to, conversions }: Raise): void {
  for (const [graph, conversionsThere] of conversions) {
    const edit = new GraphEdit(file, graph);
    for (const convert of conversionsThere) convert(edit);
    edit.apply();
  }
  for (const entry of file.model.opsetImport) {
    if (entry.domain !== '' && entry.domain !== 'ai.onnx') continue;
    entry.version = BigInt(to);
    file.changed.add(entry);
  }
}
