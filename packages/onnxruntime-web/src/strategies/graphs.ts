import { type NormCall, sizeOf, tensorsOf } from '@normlayers/core/adapter';
import {
  accurateGraphCall,
  fastGraphCall,
  type GraphCall,
  isOrdinary,
  nativeGraphCall,
  type ScalarName,
} from '@normlayers/onnx';
import type { Options } from '../options';
import type { OrtTensor } from '../runtime/framework';
import { Sessions } from '../runtime/sessions';
import { reshaped, zeros } from '../runtime/tensors';
import { mapResults } from './results';
import type { Compute, Computer, OrtCall } from './strategy';

/** A graph's outputs, as they come. */
type Outputs = Record<string, OrtTensor>;

/**
 * The calls as ONNX graphs, in sessions that are kept: graphs of ours, or with strategy `native` ONNX's own operators.
 */
export class Graphs implements Computer {
  readonly #options: Options;
  readonly #sessions: Sessions;

  constructor(options: Options) {
    this.#options = options;
    this.#sessions = new Sessions(options.ort, options.provider, options.name);
  }

  async prepare(ortCall: OrtCall): Promise<Compute> {
    const { ort } = this.#options;
    const { outputs: described } = ortCall.plan;
    // ONNX Runtime's reductions refuse empty tensors. What is left of such a call is sums over nothing.
    if (sizeOf(ortCall.described.x.shape) === 0)
      return async () => mapResults(described, (each) => zeros(ort, each));
    const compute = await this.#computation(ortCall);
    return async () => {
      const outputs = await compute();
      return mapResults(described, ({ shape }, name) =>
        reshaped(ort, outputs[`new:${name}`] ?? outputs[name], shape),
      );
    };
  }

  dispose(): Promise<void> {
    return this.#sessions.dispose();
  }

  async #computation(ortCall: OrtCall): Promise<() => Promise<Outputs>> {
    const { call, described, plan } = ortCall;
    const { provider, strategy } = this.#options;
    if (strategy === 'native') return this.#runner(call, nativeGraphCall(described, plan, provider));
    const accurate = () => this.#runner(call, accurateGraphCall(described, plan, provider));
    // A look at its numbers would make a GPU wait for the host.
    const fast = provider === 'wasm' ? fastGraphCall(described, plan) : null;
    if (fast === null) return accurate();

    const tryFast = await this.#runner(call, fast);
    return async () => {
      const { varianceSum, smallestVariance, ...outputs } = await tryFast();
      const values = call.x.type === 'float32' ? (call.x.data as Float32Array) : null;
      if (isOrdinary(await only(varianceSum), await only(smallestVariance), values)) return outputs;
      for (const output of Object.values(outputs)) output.dispose();
      return (await accurate())();
    };
  }

  async #runner(
    call: NormCall<OrtTensor>,
    { spec, dims, scalars }: GraphCall,
  ): Promise<() => Promise<Outputs>> {
    const { ort } = this.#options;
    const tensors = tensorsOf(call) as Readonly<Record<string, OrtTensor>>;
    const { type: xType, location: xLocation } = call.x;
    const location = xLocation === 'cpu-pinned' ? 'cpu' : xLocation;
    const feeds: Record<string, OrtTensor> = {};
    for (const [name, shape] of Object.entries(dims)) feeds[name] = reshaped(ort, tensors[name], shape);
    const { inputNames } = await this.#sessions.open(spec, location);
    const type = xType === 'float64' ? 'float64' : 'float32';
    for (const [name, value] of Object.entries(scalars) as [ScalarName, number][]) {
      if (inputNames.includes(name)) feeds[name] = new ort.Tensor(type, [value], []);
    }
    return () => this.#sessions.run(spec, location, feeds);
  }
}

/** A scalar output's value; the output is disposed of. */
async function only(output: OrtTensor): Promise<number> {
  const [value] = (await output.getData(true)) as Float32Array;
  return value;
}
