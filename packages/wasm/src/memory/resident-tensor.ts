import {
  CallPlanner,
  checkNumbers,
  type DType,
  inOwnOrder,
  inViewOrder,
  LIKE_INPUT,
  mapTensors,
  type NormCall,
  NormError,
  type NormResult,
  sizeOf,
  type Tensor,
  tensorsOf,
} from '@normlayers/core/adapter';
import { NormTask } from '../norm-task';
import { type Device, elementBytes } from './device';

/** A tensor in the kernels' memory. Belongs to whoever uploaded it or got it from `runResident`. */
export interface ResidentTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Gives its memory back. May be called twice. */
  dispose(): void;
}

/** Frees the memory of tensors that were forgotten: a net, not the plan. */
const forgotten = /* @__PURE__ */ new FinalizationRegistry<() => void>((free) => free());

/** The resident tensors of one device. */
export class ResidentTensors {
  readonly #device: Device;
  readonly #pointers = new WeakMap<ResidentTensor, number>();
  readonly #planner = new CallPlanner<ResidentTensor>('device');

  constructor(device: Device) {
    this.#device = device;
  }

  upload({ dtype, shape, data }: Tensor): ResidentTensor {
    const tensor = this.#create(dtype, shape);
    this.#device.write(this.#pointerOf(tensor), data);
    return tensor;
  }

  read(tensor: ResidentTensor): Tensor {
    const { dtype, shape } = tensor;
    return {
      dtype,
      shape: [...shape],
      data: this.#device.fetch(this.#pointerOf(tensor), dtype, sizeOf(shape)),
    };
  }

  /** Computes a call; x, dy and the result stay where they are, parameters and statistics are small. */
  run(call: NormCall<ResidentTensor>): NormResult<ResidentTensor> {
    const plan = this.#planner.plan(call);
    for (const [name, tensor] of Object.entries(tensorsOf(call))) this.#pointerOf(tensor, name);
    const { residual, dsum, mask } = tensorsOf(call);
    if (mask !== undefined) {
      throw new NormError('unsupported', 'runResident takes no mask; run() does, on arrays.', {
        argument: 'mask',
      });
    }
    const dy = call.mode === 'backward' ? call.dy : null;
    const size = sizeOf(call.x.shape);
    const { dtype, shape } = call.x;
    let sum: ResidentTensor | null = null;
    const withParameters = this.#withParameters(call);
    checkNumbers(withParameters, plan);
    const task = new NormTask(this.#device, withParameters, plan);
    const moved: ResidentTensor[] = [];
    const inViewOrderOf = (tensor: ResidentTensor) => {
      if (plan.view.family === 'channels' || plan.view.permutation === null) return this.#pointerOf(tensor);
      const ordered = this.upload({ ...tensor, data: inViewOrder(this.read(tensor), plan.view) });
      moved.push(ordered);
      return this.#pointerOf(ordered);
    };
    const results: Record<string, ResidentTensor> = {};
    try {
      const out = this.#create(dtype, shape);
      results[dy === null ? 'y' : 'dx'] = out;
      if (residual !== undefined) {
        sum = this.#create(dtype, shape);
        this.#addTo(sum, call.x, residual);
      }
      if (size > 0) {
        task.runOn(inViewOrderOf(sum ?? call.x), this.#pointerOf(out), dy === null ? 0 : inViewOrderOf(dy));
        if (moved.length > 0) {
          this.#device.write(this.#pointerOf(out), inOwnOrder(this.read(out).data, shape, plan.view));
        }
        if (dsum !== undefined) {
          const target = this.#pointerOf(out);
          this.#device.add(dtype, target, this.#pointerOf(dsum), target, size);
        }
      }
      if (sum !== null && dy === null) results.sum = sum;
      for (const [name, tensor] of Object.entries(task.results()))
        results[name] = this.upload(tensor as Tensor);
      return results as unknown as NormResult<ResidentTensor>;
    } catch (error) {
      for (const tensor of Object.values(results)) tensor.dispose();
      throw error;
    } finally {
      if (results.sum === undefined) sum?.dispose();
      for (const tensor of moved) tensor.dispose();
      task.dispose();
    }
  }

  /** sum = x + residual, rounded to their type. */
  #addTo(sum: ResidentTensor, x: ResidentTensor, residual: ResidentTensor): void {
    const { dtype, shape } = sum;
    const pointer = this.#pointerOf(sum);
    const size = sizeOf(shape);
    this.#device.add(dtype, this.#pointerOf(x), this.#pointerOf(residual), pointer, size);
    this.#device.roundAsStored(dtype, pointer, size);
  }

  #create(dtype: DType, shape: readonly number[]): ResidentTensor {
    const { arena } = this.#device;
    const pointer = arena.allocate(sizeOf(shape) * elementBytes(dtype));
    let live = true;
    const free = () => {
      if (live) arena.release(pointer);
      live = false;
    };
    const pointers = this.#pointers;
    const tensor: ResidentTensor = {
      dtype,
      shape: [...shape],
      dispose() {
        pointers.delete(tensor);
        forgotten.unregister(tensor);
        free();
      },
    };
    pointers.set(tensor, pointer);
    forgotten.register(tensor, free, tensor);
    return tensor;
  }

  #pointerOf(tensor: ResidentTensor, name = 'the tensor'): number {
    const pointer = this.#pointers.get(tensor);
    if (pointer !== undefined) return pointer;
    throw new NormError(
      'disposed',
      `these kernels do not hold ${name}: it was disposed of, or uploaded elsewhere.`,
      name === 'the tensor' ? {} : { argument: name },
    );
  }

  /** The call with its small tensors fetched; of those like x, type and shape are all that is read. */
  #withParameters(call: NormCall<ResidentTensor>): NormCall {
    return mapTensors(call, (tensor, name) =>
      LIKE_INPUT.includes(name) ? (tensor as unknown as Tensor) : this.read(tensor),
    );
  }
}
