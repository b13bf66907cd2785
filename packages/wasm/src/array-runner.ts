import {
  allocate,
  type CallPlan,
  computeMasked,
  type InferenceResult,
  inOwnOrder,
  inViewOrder,
  type NormCall,
  NormError,
  type NormResult,
  type NormView,
  sizeOf,
  type Tensor,
  type TensorData,
} from '@normlayers/core/adapter';
import { elementsPerUnit, unitsFollow } from './kernels/geometry';
import { type Arena, spaced } from './memory/arena';
import type { Device } from './memory/device';
import { NormTask } from './norm-task';

/**
 * How many bytes of an array are taken through the kernels' memory at a time. Whole arrays take 1.6 times as
 * long (measured on [4096, 768]): they leave the caches in between. Blocks of 64 kB take 1.2 to 1.35 times as
 * long as these (on the same, [1024, 4096] and [32768, 1024]): the C library copies what is larger than a
 * core's second-level cache by another way, faster here. Where memory is capped, no more than a 16th of what
 * there may be.
 */
const BLOCK_BYTES = 1280 * 1024;

/**
 * Computes on typed arrays, which pass through the device's memory. Keeps the last call's room, so that a
 * call like the one before allocates nothing.
 */
export class ArrayRunner {
  readonly #device: Device;
  #task: NormTask | null = null;
  #room = 0;
  #roomBytes = 0;
  /** For given arrays, so that a call into the last one again allocates nothing. */
  readonly #results = new WeakMap<TensorData, InferenceResult>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** @throws NormError `out-of-memory`; `data-length` where `out` is not like x's data. */
  run(call: NormCall, plan: CallPlan, out: TensorData | undefined): NormResult {
    if (out !== undefined) checkOut(out, call.x);
    if ((call as Later).mask === undefined) return this.#run(call, plan, out);
    const results = computeMasked(call, plan, (part, its) => this.#run(part, its, undefined));
    const filled = (results.y ?? results.dx) as Tensor;
    if (out === undefined) return results;
    out.set(filled.data);
    return { ...results, [call.mode === 'backward' ? 'dx' : 'y']: { ...filled, data: out } };
  }

  #run(call: NormCall, plan: CallPlan, out: TensorData | undefined): NormResult {
    const task = this.#taskFor(call, plan);
    const { dtype, shape } = call.x;
    const sum = plan.outputs.sum === undefined ? null : allocate(dtype, sizeOf(shape));
    const data = this.#runOn(task, call, plan, out, sum);
    if (sum !== null) {
      const inOrder = inOwnOrder(sum, shape, plan.view);
      return { y: { dtype, shape, data }, sum: { dtype, shape, data: inOrder }, ...task.results() };
    }
    const known = call.mode === 'inference' ? this.#results.get(data) : undefined;
    if (known?.y.shape === shape) return known;
    const result = { y: { dtype, shape, data } };
    if (call.mode === 'backward') return { dx: result.y, ...task.results() };
    if (call.mode === 'training') return { ...result, ...task.results() };
    if (out !== undefined) this.#results.set(out, result);
    return result;
  }

  #taskFor(call: NormCall, plan: CallPlan): NormTask {
    if (this.#task?.fits(call, plan)) {
      this.#task.take(call, plan);
    } else {
      this.#task?.dispose();
      this.#task = null;
      this.#task = new NormTask(this.#device, call, plan);
    }
    return this.#task;
  }

  #roomFor(bytes: number): number {
    if (bytes > this.#roomBytes) {
      if (this.#roomBytes > 0) this.#device.arena.release(this.#room);
      this.#roomBytes = 0;
      this.#room = this.#device.arena.allocate(bytes);
      this.#roomBytes = bytes;
    }
    return this.#room;
  }

  /** Takes arrays through in blocks, where units do not need one another; gives y, or dx, and fills `sum` in view order. */
  #runOn(
    task: NormTask,
    call: NormCall,
    plan: CallPlan,
    out: TensorData | undefined,
    sum: TensorData | null,
  ): TensorData {
    const { view } = plan;
    const device = this.#device;
    const size = sizeOf(call.x.shape);
    const x = inViewOrder(call.x, view);
    const dy = call.mode === 'backward' ? inViewOrder(call.dy, view) : null;
    const residual = inOrder((call as Later).residual, view);
    const dsum = inOrder((call as Later).dsum, view);
    const adds = residual !== null || dsum !== null;
    const { dtype } = call.x;
    const moved = x !== call.x.data;
    const most = Math.min(BLOCK_BYTES, (device.arena as Arena).maximumBytes / 16);
    const elements = Math.min(elementsAtOnce(task, plan, most), size);
    const bytes = spaced(elements * task.size);
    const inPlace = task.geometry.kind !== 'columns';
    const block = this.#roomFor(bytes * ((dy === null ? 1 : 2) + (inPlace ? 0 : 1) + (adds ? 1 : 0)));
    const target = inPlace ? block : block + bytes;
    const gradient = dy === null ? 0 : target + bytes;
    const addition = dy === null ? target + bytes : gradient + bytes;
    // What fits one block is fetched as a copy of memory, which saves clearing a new array first.
    let y = moved ? undefined : out;
    if (size > elements) y ??= allocate(dtype, size);
    for (let from = 0; from < size; from += elements) {
      const to = Math.min(from + elements, size);
      device.write(block, x, from, to);
      if (residual !== null) {
        device.write(addition, residual, from, to);
        device.add(dtype, block, addition, block, to - from);
        device.roundAsStored(dtype, block, to - from);
        if (sum !== null) device.read(block, sum, from, to - from);
      }
      if (dy !== null) device.write(gradient, dy, from, to);
      runBlock(task, block, target, gradient, from, to);
      if (dsum !== null) {
        device.write(addition, dsum, from, to);
        device.add(dtype, target, addition, target, to - from);
      }
      if (y === undefined) y = device.fetch(target, dtype, to - from);
      else device.read(target, y, from, to - from);
    }
    y ??= allocate(dtype, 0);
    if (!moved) return y;
    const ordered = inOwnOrder(y, call.x.shape, view);
    out?.set(ordered);
    return out ?? ordered;
  }
}

/** The tensors that not every call may have, read from it as it is: a list of them would be garbage in each small call. */
type Later = NormCall & Readonly<Partial<Record<'mask' | 'residual' | 'dsum', Tensor>>>;

function inOrder(tensor: Tensor | undefined, view: NormView): TensorData | null {
  return tensor === undefined ? null : inViewOrder(tensor, view);
}

function checkOut(out: TensorData, x: Tensor): void {
  if (out.constructor !== x.data.constructor || out.length !== x.data.length) {
    throw new NormError(
      'data-length',
      `out is a ${out.constructor.name} of ${out.length}; expected a ${x.data.constructor.name} of ${x.data.length}, like x's data.`,
    );
  }
}

/**
 * How many elements go through memory at a time: whole units, or, where statistics are given, whole samples.
 */
function elementsAtOnce({ geometry, size }: NormTask, plan: CallPlan, most: number): number {
  const least = leastElements(geometry, plan);
  return least === Infinity ? Infinity : Math.max(Math.floor(most / size / least), 1) * least;
}

function leastElements(geometry: NormTask['geometry'], { statistics }: CallPlan): number {
  if (unitsFollow(geometry)) return elementsPerUnit(geometry);
  if (statistics === 'own') return Infinity;
  return geometry.kind === 'columns' ? geometry.columns : geometry.runStride;
}

/**
 * Computes elements `from` to `to`, which lie at `block`; dy is at `gradient`, and y or dx goes to `target`.
 */
function runBlock(
  { geometry, size, launch }: NormTask,
  block: number,
  target: number,
  gradient: number,
  from: number,
  to: number,
): void {
  if (unitsFollow(geometry)) {
    const unit = elementsPerUnit(geometry);
    // Kernels count elements from unit 0 on.
    const back = from * size;
    launch.aim(block - back, target - back, gradient - back, from / unit, to / unit);
  } else {
    launch.aim(block, target, gradient, 0, geometry.units);
    launch.takeSamples((to - from) / geometry.runStride);
  }
  launch.run();
}
