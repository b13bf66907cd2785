import { type CallPlan, type NormCall, type NormResult, tensorsOf } from '@normlayers/core/adapter';
import type { DescribedCall } from '@normlayers/onnx';
import type { Options } from './options';
import type { OrtTensor } from './runtime/framework';
import { Sessions } from './runtime/sessions';
import { compileGraph } from './strategies/graph';
import type { Compute } from './strategies/strategy';

/** What calls are computed with, from the options on to disposal. */
export class Engine {
  readonly options: Options;
  readonly #sessions: Sessions;

  constructor(options: Options) {
    this.options = options;
    this.#sessions = new Sessions(options.ort, options.provider, options.name);
  }

  /** Makes ready what a checked call needs, and gives what computes it as often as it is called. */
  prepare(call: NormCall<OrtTensor>, described: DescribedCall, plan: CallPlan): Promise<Compute> {
    return this.#sessions.during(async () => {
      const compute = await this.#compile(call, described, plan);
      return () => this.#sessions.during(compute);
    });
  }

  /** The same, computed once. */
  run(call: NormCall<OrtTensor>, described: DescribedCall, plan: CallPlan): Promise<NormResult<OrtTensor>> {
    return this.#sessions.during(async () => (await this.#compile(call, described, plan))());
  }

  /** @throws NormError `disposed`. */
  refuseDisposed(): void {
    this.#sessions.refuseDisposed();
  }

  /** Waits for the calls that have begun, and frees everything. May be called twice. */
  dispose(): Promise<void> {
    return this.#sessions.dispose();
  }

  #compile(call: NormCall<OrtTensor>, described: DescribedCall, plan: CallPlan): Promise<Compute> {
    const engine = { options: this.options, sessions: this.#sessions };
    return compileGraph(engine, { call: described, plan, tensors: tensorsOf(call) });
  }
}
