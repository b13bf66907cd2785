import {
  type CallPlan,
  fixedStatistics,
  type NormCall,
  NormError,
  type NormResult,
  type NormView,
  parameterGradients,
  type Tensor,
  trainingStatistics,
} from '@normlayers/core/adapter';
import { elementsPerUnit, type Geometry, geometryOf, scratchBytes } from './kernels/geometry';
import type { KernelName, KernelType } from './kernels/kernel-table';
import { LAUNCH_BYTES, Launch } from './kernels/launch';
import { FROM_MEMORY, PROCESS_TRIAL } from './kernels/read-ahead';
import { spaced } from './memory/arena';
import { computedIn, type Device, elementBytes } from './memory/device';

/** Where a task's arrays lie in its block, in bytes; 0 where it has none. */
interface Layout {
  readonly bytes: number;
  readonly gamma: number;
  readonly beta: number;
  /** float64, one for each unit. */
  readonly given: { readonly mean: number; readonly invStd: number } | null;
  /** The same, mean, variance and invStd one behind another. */
  readonly own: number;
  /** For each thread dgamma, then dbeta: float64, one for each parameter. */
  readonly sums: number;
  readonly scratch: number;
  /** How far apart the threads' sums and scratch lie. */
  readonly sumsStride: number;
  readonly scratchStride: number;
}

/** A checked call with its parameters in the device's memory; where its tensors lie is said when it runs. */
export class NormTask {
  readonly geometry: Geometry;
  readonly type: KernelType;
  /** Bytes per element in memory. */
  readonly size: 4 | 8;
  readonly backward: boolean;
  readonly launch: Launch;
  readonly kernel: KernelName;
  readonly #device: Device;
  #call: NormCall;
  #plan: CallPlan;
  readonly #block: number;
  readonly #layout: Layout;

  /** @throws NormError `out-of-memory`; `backend` for float64 without its kernels. */
  constructor(device: Device, call: NormCall, plan: CallPlan) {
    this.#device = device;
    this.#call = call;
    this.#plan = plan;
    this.geometry = geometryOf(plan);
    this.size = elementBytes(call.x.dtype);
    this.type = computedIn(call.x.dtype);
    this.backward = call.mode === 'backward';
    this.kernel = `${this.geometry.kind}${this.backward ? 'Backward' : 'Forward'}`;
    if (device.kernels[this.type] === undefined) {
      throw new NormError('backend', 'x is float64, whose kernels were declined by float64: false.');
    }
    const given = fixedStatistics(call, plan);
    const layout = this.#layoutOf(call, given !== null);
    this.#layout = layout;
    this.#block = device.arena.allocate(layout.bytes);
    const pointer = (offset: number) => (offset === 0 ? 0 : this.#block + offset);
    const { units, count } = this.geometry;
    this.launch = new Launch(device.views, this.#block, device.kernel(this.type, this.kernel), this.geometry);
    this.launch.write({
      gamma: pointer(layout.gamma),
      beta: pointer(layout.beta),
      givenMean: pointer(layout.given?.mean ?? 0),
      givenInvStd: pointer(layout.given?.invStd ?? 0),
      mean: pointer(layout.own),
      variance: layout.own === 0 ? 0 : pointer(layout.own + units * 8),
      invStd: layout.own === 0 ? 0 : pointer(layout.own + units * 16),
      dgamma: pointer(layout.sums),
      dbeta: layout.sums === 0 ? 0 : pointer(layout.sums + count * 8),
      scratch: pointer(layout.scratch),
      centred: plan.centred ? 1 : 0,
    });
    this.launch.readAhead = device.readAhead ?? false;
    this.launch.epsilon = plan.epsilon;
    this.take(call, plan, given);
  }

  #layoutOf(call: NormCall, given: boolean): Layout {
    const { units, count } = this.geometry;
    const { threads } = this.#device;
    let bytes = spaced(LAUNCH_BYTES);
    const room = (wanted: number) => {
      const start = bytes;
      bytes += spaced(wanted);
      return start;
    };
    const sumsStride = this.backward ? Math.ceil(count / 4) * 64 : 0;
    const scratchStride = spaced(scratchBytes(this.geometry, this.size));
    const layout = {
      gamma: room(count * this.size),
      beta: this.backward ? 0 : room(count * this.size),
      given: given ? { mean: room(units * 8), invStd: room(units * 8) } : null,
      own: call.mode === 'training' ? room(units * 24) : 0,
      sums: this.backward ? room(sumsStride * threads) : 0,
      scratch: room(scratchStride * threads),
    };
    return { ...layout, sumsStride, scratchStride, bytes };
  }

  /** Whether the room of this task is that of another call. */
  fits(call: NormCall, plan: CallPlan): boolean {
    return (
      call.op === this.#call.op &&
      call.mode === this.#call.mode &&
      call.x.dtype === this.#call.x.dtype &&
      plan.statistics === this.#plan.statistics &&
      sameView(plan.view, this.#plan.view)
    );
  }

  /** Takes the parameters, and the given statistics, of a call that fits. */
  take(call: NormCall, plan: CallPlan, given = fixedStatistics(call, plan)): void {
    this.#call = call;
    // Of the plan before, it is there already: where V8 does not inline it, a number passed on is 16 bytes of garbage.
    if (plan !== this.#plan) this.launch.epsilon = plan.epsilon;
    this.#plan = plan;
    const { gamma, beta, given: room } = this.#layout;
    this.#writeParameters(call.gamma, this.#block + gamma, 1, plan.gammaOffset);
    if (!this.backward) this.#writeParameters('beta' in call ? call.beta : undefined, this.#block + beta, 0);
    if (given !== null && room !== null) {
      this.#device.write(this.#block + room.mean, given.mean);
      this.#device.write(this.#block + room.invStd, given.invStd);
    }
    this.#clearSums();
  }

  /** Computes everything, on several threads where it is worth it; the tensors lie at `x`, `out` and `dy`. */
  runOn(x: number, out: number, dy: number): void {
    this.#clearSums();
    const { launch } = this;
    const { units, kind } = this.geometry;
    const { readAhead, pool } = this.#device;
    const large = units * elementsPerUnit(this.geometry) * this.size >= FROM_MEMORY;
    const asks = readAhead === undefined && large && kind === 'rows' && this.type === 'float32';
    const known = asks ? PROCESS_TRIAL.outcome(this.kernel) : (readAhead ?? false);
    launch.readAhead = known ?? false;
    launch.aim(x, out, dy, 0, units);
    if (pool?.run(this, this.#layout)) return;
    if (known !== null) {
      launch.run();
      return;
    }
    PROCESS_TRIAL.run(this.kernel, units, (begin, end, ahead) => {
      launch.readAhead = ahead;
      launch.aim(x, out, dy, begin, end);
      launch.run();
    });
  }

  /** What the call returns besides y or dx. */
  results(): NormResult {
    const device = this.#device;
    const { mode } = this.#call;
    if (mode === 'inference') return {};
    const { own, sums } = this.#layout;
    const { units, count } = this.geometry;
    if (mode === 'training') {
      const statistics = this.#block + own;
      return trainingStatistics(this.#call, this.#plan, {
        mean: device.readFloat64(statistics, units),
        variance: device.readFloat64(statistics + units * 8, units),
        invStd: device.readFloat64(statistics + units * 16, units),
      });
    }
    return parameterGradients(this.#call, this.#plan, {
      dgamma: this.#gathered(this.#total(this.#block + sums)),
      dbeta: this.#gathered(this.#total(this.#block + sums + count * 8)),
    });
  }

  dispose(): void {
    this.#device.arena.release(this.#block);
  }

  #clearSums(): void {
    if (!this.backward) return;
    const { sums, sumsStride } = this.#layout;
    const start = (this.#block + sums) / 8;
    this.#device.views.float64.fill(0, start, start + (sumsStride / 8) * this.#device.threads);
  }

  /** The sums of all threads. */
  #total(pointer: number): Float64Array {
    const { count } = this.geometry;
    const sums = this.#device.readFloat64(pointer, count);
    for (let thread = 1; thread < this.#device.threads; thread++) {
      const more = this.#device.readFloat64(pointer + thread * this.#layout.sumsStride, count);
      for (let p = 0; p < count; p++) sums[p] += more[p];
    }
    return sums;
  }

  /**
   * Writes the kernel's array of parameters: the given ones plus `offset`, each repeated, or `otherwise` where
   * none are given.
   */
  #writeParameters(given: Tensor | undefined, pointer: number, otherwise: number, offset = 0): void {
    const { repeat, count } = this.geometry;
    if (given !== undefined) this.#device.write(pointer, given.data);
    if (given !== undefined && repeat === 1 && offset === 0) return;
    const { views } = this.#device;
    const view = this.size === 8 ? views.float64 : views.float32;
    const start = pointer / this.size;
    if (given === undefined) {
      view.fill(otherwise, start, start + count);
      return;
    }
    const written = start + count / repeat;
    if (offset !== 0) for (let p = start; p < written; p++) view[p] += offset;
    // From the back, so that nothing is overwritten before it has been repeated.
    for (let p = count / repeat - 1; p >= 0; p--) {
      view.fill(view[start + p], start + p * repeat, start + (p + 1) * repeat);
    }
  }

  /** Sums for each parameter, of those for each of its repetitions. */
  #gathered(sums: Float64Array): Float64Array {
    const { repeat } = this.geometry;
    if (repeat === 1) return sums;
    return Float64Array.from({ length: sums.length / repeat }, (_, p) => {
      let total = 0;
      for (let i = p * repeat; i < (p + 1) * repeat; i++) total += sums[i];
      return total;
    });
  }
}

function sameView(a: NormView, b: NormView): boolean {
  if (a.parameters.count !== b.parameters.count || a.parameters.inner !== b.parameters.inner) return false;
  if (a.family === 'rows') return b.family === 'rows' && a.rows === b.rows && a.features === b.features;
  return b.family === 'channels' && a.outer === b.outer && a.channels === b.channels;
}
