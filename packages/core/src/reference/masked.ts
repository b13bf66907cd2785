import type { NormCall, NormResult, OutputName } from '../call/call';
import { tensorsOf } from '../call/call-tensors';
import { groupingOf } from '../plan/grouping';
import { type CallPlan, planCall } from '../plan/plan';
import { rounded, widened } from '../tensor/storage';
import { allocate, sizeOf, type Tensor, type TensorData } from '../tensor/tensor';

/** A part of a call with a mask that is a call without one: of valid elements alone, which share statistics as they did. */
export interface MaskedPart {
  /** x of shape [1, channels, valid positions]. */
  readonly call: NormCall;
  /** The sample that it is, whose statistics are that row; null for Batch Norm, whose statistics are of all samples. */
  readonly sample: number | null;
  /** Puts the part's elements where they belong among the whole call's. */
  scatter<T extends TensorData>(part: T, whole: T): void;
}

/**
 * A call with a mask as calls without: Batch Norm's of all valid elements, Instance and Group Norm's sample by sample. A sample
 * without valid elements is left out.
 */
export function maskedParts(call: NormCall): readonly MaskedPart[] {
  const { mask, x } = tensorsOf(call) as { readonly mask: Tensor; readonly x: Tensor };
  const axis = groupingOf(call).channelAxis as number;
  const channels = x.shape[axis];
  const inner = sizeOf(x.shape.slice(axis + 1));
  const valid = widened(mask.data);
  const batch = call.op === 'batchNorm' ? 1 : x.shape[0];
  const each = valid.length / batch;
  const parts = Array.from({ length: batch }, (_, sample) => {
    const positions: number[] = [];
    for (let m = sample * each; m < (sample + 1) * each; m++) if (valid[m] !== 0) positions.push(m);
    return partOf(call, positions, channels, inner, call.op === 'batchNorm' ? null : sample);
  });
  return parts.filter(({ call: { x }, sample }) => sample === null || x.shape[2] > 0);
}

function partOf(
  call: NormCall,
  positions: readonly number[],
  channels: number,
  inner: number,
  sample: number | null,
): MaskedPart {
  const count = positions.length;
  const places = new Uint32Array(channels * count);
  for (let v = 0; v < count; v++) {
    const outer = Math.floor(positions[v] / inner);
    const offset = positions[v] - outer * inner;
    for (let c = 0; c < channels; c++) places[c * count + v] = (outer * channels + c) * inner + offset;
  }
  const gathered = ({ dtype, data }: Tensor): Tensor => {
    const part = allocate(dtype, places.length);
    for (let i = 0; i < places.length; i++) part[i] = data[places[i]];
    return { dtype, shape: [1, channels, count], data: part };
  };
  const {
    mask: _,
    layout: __,
    axis: ___,
    x,
    ...rest
  } = call as NormCall & {
    readonly mask?: Tensor;
    readonly layout?: string;
    readonly axis?: number;
  };
  const dy = call.mode === 'backward' ? { dy: gathered(call.dy) } : {};
  return {
    call: { ...rest, x: gathered(x), ...dy } as unknown as NormCall,
    sample,
    scatter(part, whole) {
      for (let i = 0; i < places.length; i++) whole[places[i]] = part[i];
    },
  };
}

/**
 * Computes a call with a mask by what computes calls without. Statistics are of valid elements alone; y and dx are 0 elsewhere;
 * a sample without valid elements has mean 0 and variance 0.
 */
export function computeMasked(
  call: NormCall,
  plan: CallPlan,
  compute: (part: NormCall, plan: CallPlan) => NormResult,
): NormResult {
  const results = new Map(
    Object.entries(plan.outputs).map(([name, { dtype, shape }]) => {
      const data = allocate(dtype, sizeOf(shape));
      if (name === 'invStd') rounded(new Float64Array(data.length).fill(1 / Math.sqrt(plan.epsilon)), data);
      return [name, { dtype, shape: [...shape], data }] as const;
    }),
  );
  for (const { call: part, sample, scatter } of maskedParts(call)) {
    for (const [name, { data }] of Object.entries(compute(part, planCall(part)))) {
      const whole = (results.get(name as OutputName) as Tensor).data;
      if (name === 'y' || name === 'dx') scatter(data, whole);
      else if (sample === null) (whole as Float64Array).set(data);
      else if (name === 'mean' || name === 'invStd') (whole as Float64Array).set(data, sample * data.length);
      else addTo(whole, data);
    }
  }
  return Object.fromEntries(results) as NormResult;
}

function addTo(total: TensorData, part: TensorData): void {
  const sum = widened(total);
  const more = widened(part);
  for (let i = 0; i < sum.length; i++) sum[i] += more[i];
  rounded(sum, total);
}
