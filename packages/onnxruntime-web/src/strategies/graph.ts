import {
  type NormResult,
  type Outputs as OutputDescriptions,
  type OutputName,
  sizeOf,
  type TensorDescription,
} from '@normlayers/core/adapter';
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
import type { Sessions } from '../runtime/sessions';
import { reshaped, zeros } from '../runtime/tensors';
import type { Compute, OrtCall } from './strategy';

/** What graphs are run with. */
export interface GraphEngine {
  readonly options: Options;
  readonly sessions: Sessions;
}

/** A graph's outputs, as they come. */
type Outputs = Record<string, OrtTensor>;

/** Makes the session that a call needs. The graphs are ours, or with strategy `native` ONNX's own operator. */
export async function compileGraph(engine: GraphEngine, ortCall: OrtCall): Promise<Compute> {
  const { ort } = engine.options;
  const { outputs: described } = ortCall.plan;
  // ONNX Runtime's reductions refuse empty tensors. What is left of such a call is sums over nothing.
  if (sizeOf(ortCall.call.x.shape) === 0)
    return async () => mapOutputs(described, (each) => zeros(ort, each));
  const compute = await computation(engine, ortCall);
  return async () => {
    const outputs = await compute();
    return mapOutputs(described, ({ shape }, name) =>
      reshaped(ort, outputs[`new:${name}`] ?? outputs[name], shape),
    );
  };
}

async function computation(engine: GraphEngine, ortCall: OrtCall): Promise<() => Promise<Outputs>> {
  const { call, plan } = ortCall;
  const { provider, strategy } = engine.options;
  if (strategy === 'native') return graphRunner(engine, ortCall, nativeGraphCall(call, plan, provider));
  const accurate = () => graphRunner(engine, ortCall, accurateGraphCall(call, plan, provider));
  // A look at its numbers would make a GPU wait for the host.
  const fast = provider === 'wasm' ? fastGraphCall(call, plan) : null;
  if (fast === null) return accurate();

  const tryFast = await graphRunner(engine, ortCall, fast);
  return async () => {
    const { varianceSum, smallestVariance, ...outputs } = await tryFast();
    const { x } = ortCall.tensors;
    const values = x.type === 'float32' ? (x.data as Float32Array) : null;
    if (isOrdinary(await only(varianceSum), await only(smallestVariance), values)) return outputs;
    for (const output of Object.values(outputs)) output.dispose();
    return (await accurate())();
  };
}

async function graphRunner(
  { options: { ort }, sessions }: GraphEngine,
  { call, tensors }: OrtCall,
  { spec, dims, scalars }: GraphCall,
): Promise<() => Promise<Outputs>> {
  const location = tensors.x.location === 'cpu-pinned' ? 'cpu' : tensors.x.location;
  const given = tensors as Readonly<Record<string, OrtTensor>>;
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, shape] of Object.entries(dims)) feeds[name] = reshaped(ort, given[name], shape);
  const { inputNames } = await sessions.open(spec, location);
  const type = call.x.dtype === 'float64' ? 'float64' : 'float32';
  for (const [name, value] of Object.entries(scalars) as [ScalarName, number][]) {
    if (inputNames.includes(name)) feeds[name] = new ort.Tensor(type, [value], []);
  }
  return () => sessions.run(spec, location, feeds);
}

/** A scalar output's value; the output is disposed of. */
async function only(output: OrtTensor): Promise<number> {
  const [value] = (await output.getData(true)) as Float32Array;
  return value;
}

/** One tensor for each output that a plan says there is. */
function mapOutputs(
  described: OutputDescriptions,
  make: (description: TensorDescription, name: OutputName) => OrtTensor,
): NormResult<OrtTensor> {
  const entries = Object.entries(described) as [OutputName, TensorDescription][];
  return Object.fromEntries(entries.map(([name, description]) => [name, make(description, name)]));
}
