import {
  type DType,
  inOwnOrder,
  inViewOrder,
  type NormCall,
  NormError,
  type NormResult,
  planCall,
  sizeOf,
  type Tensor,
} from '@normlayers/core';
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
  readonly #places = new WeakMap<ResidentTensor, number>();

  constructor(device: Device) {
    this.#device = device;
  }

  upload({ dtype, shape, data }: Tensor): ResidentTensor {
    const tensor = this.#create(dtype, shape);
    this.#device.write(this.#placeOf(tensor), data);
    return tensor;
  }

  read(tensor: ResidentTensor): Tensor {
    const { dtype, shape } = tensor;
    return {
      dtype,
      shape: [...shape],
      data: this.#device.fetch(this.#placeOf(tensor), dtype, sizeOf(shape)),
    };
  }

  /** Computes a checked call; x, dy and the result stay where they are, parameters and statistics are small. */
  run(call: NormCall<ResidentTensor>): NormResult<ResidentTensor> {
    const plan = planCall(call, 'device');
    const { x } = call;
    const dy = call.mode === 'backward' ? call.dy : null;
    const places = [x, ...(dy === null ? [] : [dy])].map((tensor) => this.#placeOf(tensor));
    const task = new NormTask(this.#device, this.#withParameters(call), plan);
    const moved: ResidentTensor[] = [];
    const out = this.#create(x.dtype, x.shape);
    try {
      const inRows = (tensor: ResidentTensor, place: number) => {
        if (plan.view.family === 'channels' || plan.view.permutation === null) return place;
        const ordered = this.upload({ ...tensor, data: inViewOrder(this.read(tensor), plan.view) });
        moved.push(ordered);
        return this.#placeOf(ordered);
      };
      const [from, along = 0] = [x, ...(dy === null ? [] : [dy])].map((tensor, i) =>
        inRows(tensor, places[i]),
      );
      if (sizeOf(x.shape) > 0) {
        task.runOn(from, this.#placeOf(out), along);
        if (moved.length > 0) {
          this.#device.write(this.#placeOf(out), inOwnOrder(this.read(out).data, x.shape, plan.view));
        }
      }
      const others = Object.entries(task.results()).map(([name, tensor]) => [
        name,
        this.upload(tensor as Tensor),
      ]);
      return { [dy === null ? 'y' : 'dx']: out, ...Object.fromEntries(others) };
    } catch (error) {
      out.dispose();
      throw error;
    } finally {
      for (const tensor of moved) tensor.dispose();
      task.dispose();
    }
  }

  #create(dtype: DType, shape: readonly number[]): ResidentTensor {
    const { arena } = this.#device;
    const place = arena.allocate(sizeOf(shape) * elementBytes(dtype));
    let live = true;
    const free = () => {
      if (live) arena.release(place);
      live = false;
    };
    const places = this.#places;
    const tensor: ResidentTensor = {
      dtype,
      shape: [...shape],
      dispose() {
        places.delete(tensor);
        forgotten.unregister(tensor);
        free();
      },
    };
    places.set(tensor, place);
    forgotten.register(tensor, free, tensor);
    return tensor;
  }

  #placeOf(tensor: ResidentTensor): number {
    const place = this.#places.get(tensor);
    if (place !== undefined) return place;
    throw new NormError(
      'disposed',
      'these kernels do not hold the tensor: it was disposed of, or uploaded elsewhere.',
    );
  }

  /** The call with its small tensors fetched. */
  #withParameters(call: NormCall<ResidentTensor>): NormCall {
    const fetched = Object.entries(call).map(([name, value]) => [
      name,
      name !== 'x' && name !== 'dy' && this.#places.has(value as ResidentTensor)
        ? this.read(value as ResidentTensor)
        : value,
    ]);
    return Object.fromEntries(fetched) as NormCall;
  }
}
