import type { NormResult } from '@normlayers/core/adapter';
import type { Options } from './options';
import type { OrtTensor } from './runtime/framework';
import { OpenCalls } from './runtime/open-calls';
import { Graphs } from './strategies/graphs';
import { Kernels } from './strategies/kernels';
import type { Compute, Computer, OrtCall } from './strategies/strategy';

/** What calls are computed with, from the options on to disposal. */
export class Engine {
  readonly #calls: OpenCalls;
  readonly #computer: Computer;

  constructor(options: Options) {
    this.#calls = new OpenCalls(options.name);
    this.#computer = options.strategy === 'kernels' ? new Kernels(options.ort) : new Graphs(options);
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
    return this.#calls.close(() => this.#computer.dispose());
  }
}
