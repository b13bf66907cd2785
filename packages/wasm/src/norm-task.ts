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
} from '@normlayers/core';
import { type Geometry, geometryOf, parameterLength, scratchBytes } from './kernels/geometry';
import { type Launch, launchOf, type Places } from './kernels/launch';
import { spaced } from './memory/arena';
import { type Device, elementBytes } from './memory/device';

/** A checked call with its parameters in the device's memory; the tensors' own places are given when it runs. */
export class NormTask {
  readonly geometry: Geometry;
  readonly type: 'float32' | 'float64';
  /** Bytes per element in memory. */
  readonly size: 4 | 8;
  readonly backward: boolean;
  readonly #device: Device;
  #call: NormCall;
  #plan: CallPlan;
  readonly #block: number;
  readonly #places: Places;

  /** @throws NormError `out-of-memory`; `backend` for float64 without its kernels. */
  constructor(device: Device, call: NormCall, plan: CallPlan) {
    this.#device = device;
    this.#call = call;
    this.#plan = plan;
    this.geometry = geometryOf(plan);
    this.size = elementBytes(call.x.dtype);
    this.type = this.size === 8 ? 'float64' : 'float32';
    this.backward = call.mode === 'backward';
    if (device.kernels[this.type] === undefined) {
      throw new NormError('backend', 'x is float64, whose kernels were declined by float64: false.');
    }

    const parameters = parameterLength(this.geometry);
    const statistics = this.geometry.units;
    const fixed = fixedStatistics(call, plan);
    let bytes = 0;
    const take = (wanted: number) => {
      const start = bytes;
      bytes += spaced(wanted);
      return start;
    };
    const gamma = take(parameters * this.size);
    const beta = this.backward ? 0 : take(parameters * this.size);
    const fixedMean = fixed === null ? null : take(statistics * 8);
    const fixedInvStd = fixed === null ? null : take(statistics * 8);
    const wanted = call.mode === 'training' ? take(statistics * 24) : null;
    const { threads } = device;
    const sumsStride = this.backward ? Math.ceil(parameters / 4) * 64 : 0;
    const sums = this.backward ? take(sumsStride * threads) : null;
    const scratchStride = spaced(scratchBytes(this.geometry, this.size));
    const scratch = take(scratchStride * threads);
    const block = device.arena.allocate(bytes);
    const place = (offset: number | null) => (offset === null ? 0 : block + offset);
    this.#block = block;
    this.#places = {
      gamma: block + gamma,
      beta: this.backward ? 0 : block + beta,
      fixedMean: place(fixedMean),
      fixedInvStd: place(fixedInvStd),
      mean: place(wanted),
      variance: wanted === null ? 0 : block + wanted + statistics * 8,
      invStd: wanted === null ? 0 : block + wanted + statistics * 16,
      dgamma: place(sums),
      dbeta: sums === null ? 0 : block + sums + parameters * 8,
      scratch: block + scratch,
      scratchStride,
      sumsStride,
    };
    this.take(call, plan, fixed);
  }

  /** Whether the room of this task is that of another call. */
  fits(call: NormCall, plan: CallPlan): boolean {
    return (
      call.op === this.#call.op &&
      call.mode === this.#call.mode &&
      call.x.dtype === this.#call.x.dtype &&
      (plan.n === 0) === (this.#plan.n === 0) &&
      sameView(plan.view, this.#plan.view)
    );
  }

  /** Takes the parameters, and the fixed statistics, of a call that fits. */
  take(call: NormCall, plan: CallPlan, fixed = fixedStatistics(call, plan)): void {
    this.#call = call;
    this.#plan = plan;
    this.#writeParameters(call.gamma, this.#places.gamma, 1);
    if (!this.backward) this.#writeParameters('beta' in call ? call.beta : undefined, this.#places.beta, 0);
    if (fixed !== null) {
      this.#device.write(this.#places.fixedMean, fixed.mean);
      this.#device.write(this.#places.fixedInvStd, fixed.invStd);
    }
    this.#clearSums();
  }

  /** The kernel's call for units `begin` to `end`. */
  launch(x: number, out: number, dy: number, begin: number, end: number, elements: number): Launch {
    const { op } = this.#call;
    const { epsilon } = this.#plan;
    return launchOf(
      this.geometry,
      this.backward,
      { x, out, dy },
      this.#places,
      begin,
      end,
      op !== 'rmsNorm',
      epsilon,
      elements,
    );
  }

  /** Computes everything; it lies at `x`, `out` and `dy`. */
  runOn(x: number, out: number, dy: number): void {
    const { units, elementsPerUnit } = this.geometry;
    this.#clearSums();
    const launch = this.launch(x, out, dy, 0, units, units * elementsPerUnit);
    this.#device.launchAll(this.type, launch, units, elementsPerUnit * this.size);
  }

  /** What the call returns besides y or dx. */
  results(): NormResult {
    const device = this.#device;
    const { mode } = this.#call;
    if (mode === 'inference') return {};
    if (mode === 'training') {
      const { units } = this.geometry;
      const { mean, variance, invStd } = this.#places;
      return trainingStatistics(this.#call, this.#plan, {
        mean: device.readFloat64(mean, units),
        variance: device.readFloat64(variance, units),
        invStd: device.readFloat64(invStd, units),
      });
    }
    return parameterGradients(this.#call, this.#plan, {
      dgamma: this.#gathered(this.#total(this.#places.dgamma)),
      dbeta: this.#gathered(this.#total(this.#places.dbeta)),
    });
  }

  dispose(): void {
    this.#device.arena.release(this.#block);
  }

  #clearSums(): void {
    if (!this.backward) return;
    const start = this.#places.dgamma >> 3;
    this.#device.views.float64.fill(0, start, start + (this.#places.sumsStride >> 3) * this.#device.threads);
  }

  /** The sums of all threads. */
  #total(place: number): Float64Array {
    const length = parameterLength(this.geometry);
    const sums = this.#device.readFloat64(place, length);
    for (let thread = 1; thread < this.#device.threads; thread++) {
      const more = this.#device.readFloat64(place + thread * this.#places.sumsStride, length);
      for (let p = 0; p < length; p++) sums[p] += more[p];
    }
    return sums;
  }

  /** One parameter for each place in the kernel's array, or `otherwise` where none are given. */
  #writeParameters(given: Tensor | undefined, place: number, otherwise: number): void {
    const { repeat } = this.geometry;
    const length = parameterLength(this.geometry);
    const { views } = this.#device;
    const view = this.size === 8 ? views.float64 : views.float32;
    const start = place / this.size;
    if (given === undefined) {
      view.fill(otherwise, start, start + length);
      return;
    }
    this.#device.write(place, given.data);
    // From the back, so that nothing is overwritten before it has been repeated.
    for (let p = length / repeat - 1; p >= 0 && repeat > 1; p--) {
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
