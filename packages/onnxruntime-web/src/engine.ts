import { mapTensors, type NormCall, type NormResult } from '@normlayers/core/adapter';
import type { Options } from './options';
import type { OrtTensor } from './runtime/framework';
import { OrtDevice } from './runtime/gpu-device';
import { fromGpu } from './runtime/gpu-tensors';
import { OpenCalls } from './runtime/open-calls';
import { toOrt } from './runtime/tensors';
import { GpuKernels } from './strategies/gpu-kernels';
import { Graphs } from './strategies/graphs';
import { Kernels } from './strategies/kernels';
import type { Compute, Computer, OrtCall } from './strategies/strategy';

/** What calls are computed with, from the options on to disposal. */
export class Engine {
  readonly #calls: OpenCalls;
  readonly #options: Options;
  /** Null where the provider has no device that tensors can be put on here. */
  readonly #device: OrtDevice | null;
  readonly #computer: Computer;

  constructor(options: Options) {
    const { ort, name, provider } = options;
    this.#calls = new OpenCalls(name);
    this.#options = options;
    this.#device = provider === 'webgpu' ? new OrtDevice(ort, name) : null;
    this.#computer = computerOf(options, this.#device);
  }

  /** A call of arrays with its tensors where the provider computes: in memory, used in place, or copied to the device. */
  hold(call: NormCall): Promise<NormCall<OrtTensor>> {
    return this.#calls.during(async () => {
      const { ort } = this.#options;
      const opened = await this.#device?.open();
      if (opened === undefined) return mapTensors(call, (tensor) => toOrt(ort, tensor));
      const { kernels, device } = opened;
      return mapTensors(call, (tensor) => fromGpu(ort, opened, kernels.uploadTensor(device, tensor)));
    });
  }

  /** Makes ready what a checked call needs, and gives what computes it as often as it is called. */
  prepare(call: OrtCall): Promise<Compute> {
    return this.#calls.during(async () => {
      const compute = await this.#computer.prepare(call);
      return () => this.#calls.during(compute);
    });
  }

  /** The same, computed once. */
  run(call: OrtCall): Promise<NormResult<OrtTensor>> {
    return this.#calls.during(async () => (await this.#computer.prepare(call))());
  }

  /** @throws NormError `disposed`. */
  refuseDisposed(): void {
    this.#calls.refuseClosed();
  }

  /** Waits for the calls that have begun, and frees everything. May be called twice. */
  dispose(): Promise<void> {
    return this.#calls.close(async () => {
      await this.#computer.dispose();
      await this.#device?.dispose();
    });
  }
}

function computerOf(options: Options, device: OrtDevice | null): Computer {
  if (options.strategy !== 'kernels') return new Graphs(options);
  return device === null ? new Kernels(options.ort) : new GpuKernels(options.ort, device);
}
