import type { GraphEdit } from '../formats/onnx/edit';
import type { OnnxNode } from '../formats/onnx/read';
import type { Node } from '../graph/graph';
import type { FoundNorm } from '../norms/find-norms';
import type { Norm } from '../norms/norm';
import type { Target } from './targets';

/** What is done in front of an operator so that it comes out right. */
export interface Steadying {
  readonly node: OnnxNode;
  /** The axes whose mean is taken off first; null: none. */
  readonly centre: readonly number[] | null;
  /** The power of two that its input is divided by; 0: none. */
  readonly shift: number;
  readonly epsilon: number;
}

/**
 * E[x^2] - E[x]^2 loses kappa^2 roundings: from here on it is no ordinary result. Both WebGPU builds of onnxruntime-web 1.30
 * compute Layer Norm so; its wasm provider centres.
 */
const UNCENTRED_UP_TO = 10;

/** Squares are scaled to stay this many doublings below float16's largest number. */
const HEADROOM = 2;

const CENTRED = ['LayerNormalization', 'InstanceNormalization'];
const SCALED = [...CENTRED, 'RMSNormalization', 'SimplifiedLayerNormalization'];

/**
 * What an operator needs, going by what a run showed of it: its mean taken off where it is far from 0 and the provider does not
 * centre, and smaller numbers where a square overflows float16: LN(x; e) = LN(x / k; e / k^2).
 */
export function planSteadying(
  { node, norm, operands }: FoundNorm,
  judged: Norm,
  target: Target,
): Steadying | null {
  const { measured } = judged;
  if (measured === undefined) return null;
  if ('reason' in operands || operands.x.constant !== null || node.domain !== '' || !SCALED.includes(node.op))
    return null;
  const rank = operands.x.shape?.length;
  const { kappa, halfHeadroomBits, grades } = measured;
  // What a chain did says nothing of the operator that it has become since.
  const grade = judged.spelling === norm.spelling ? Object.values(grades) : [];
  const isOff = grade.includes('wrong') || grade.includes('imprecise');
  const axes = norm.op === 'instanceNorm' ? spatialAxes(rank) : (norm.axes ?? null);
  const far = kappa > UNCENTRED_UP_TO && (target === 'webgpu' || isOff);
  const centre = far && rank !== undefined && CENTRED.includes(node.op) ? axes : null;
  const overflows = norm.dtype === 'float16' && grade.includes('wrong') && halfHeadroomBits < HEADROOM;
  const shift = overflows ? Math.ceil((HEADROOM - halfHeadroomBits) / 2) : 0;
  if (centre === null && shift === 0) return null;
  return { node: node as OnnxNode, centre, shift, epsilon: norm.epsilon };
}

function spatialAxes(rank: number | undefined): readonly number[] | null {
  return rank === undefined ? null : Array.from({ length: rank - 2 }, (_, i) => i + 2);
}

export function applySteadying({ node, centre, shift, epsilon }: Steadying, edit: GraphEdit): void {
  let x = node.message.input[0]!;
  if (centre !== null) {
    const mean = edit.fresh(`${x}/mean`);
    const centred = edit.fresh(`${x}/centred`);
    takeMean(node, x, mean, centre, edit);
    edit.node(node, 'Sub', [x, mean], [centred]);
    x = centred;
  }
  if (shift !== 0) {
    const scaled = edit.fresh(`${x}/scaled`);
    const factor = edit.constant(`${x}/scale`, 'float16', [], Float64Array.of(2 ** -shift));
    edit.node(node, 'Mul', [x, factor], [scaled]);
    x = scaled;
  }
  edit.remove(node);
  const attributes = shift === 0 ? {} : { epsilon: { float: epsilon * 4 ** -shift } };
  edit.like(node, [x, ...node.message.input.slice(1)], node.message.output, attributes);
}

/** Axes became an input in opset 18. */
function takeMean(place: OnnxNode, x: string, mean: string, axes: readonly number[], edit: GraphEdit): void {
  const { version } = place as Node;
  if (version < 18) {
    edit.node(place, 'ReduceMean', [x], [mean], { axes, keepdims: 1 });
    return;
  }
  const input = edit.constant(`${x}/axes`, 'int64', [axes.length], Float64Array.from(axes));
  edit.node(place, 'ReduceMean', [x, input], [mean], { keepdims: 1 });
}
