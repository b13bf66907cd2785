import type { CallPlan, NormResult, OutputName } from '@normlayers/core';
import { sizeOf } from '@normlayers/core';
import {
  accurateGraphCall,
  type DescribedCall,
  fastGraphCall,
  type GraphCall,
  isOrdinary,
  nativeGraphCall,
  outputShape,
  outputTypes,
  type Provider,
  type ScalarName,
} from '@normlayers/onnx';
import type { OnnxRuntime, OrtTensor, Strategy } from './framework';
import { reshaped, zeros } from './ort-tensors';
import type { Sessions } from './sessions';

/** What calls are computed with. */
export interface Engine {
  readonly ort: OnnxRuntime;
  readonly provider: Provider;
  readonly strategy: Strategy;
  readonly sessions: Sessions;
}

/** A checked call, with its tensors in ONNX Runtime's hands. */
export interface OrtCall {
  readonly call: DescribedCall;
  readonly plan: CallPlan;
  readonly tensors: Readonly<Record<string, OrtTensor>>;
}

/** A graph's outputs, as they come. */
type Outputs = Record<string, OrtTensor>;

/** Compiles what a call needs, and gives a function that computes it, as often as it is called. */
export async function compile(
  engine: Engine,
  ortCall: OrtCall,
): Promise<() => Promise<NormResult<OrtTensor>>> {
  const { call, plan } = ortCall;
  // ONNX Runtime's reductions refuse empty tensors. What is left of such a call is sums over nothing.
  if (sizeOf(call.x.shape) === 0) {
    return async () =>
      named(call, plan, (name, type) => zeros(engine.ort, type, outputShape(name, call, plan)));
  }
  const compute = await computation(engine, ortCall);
  return async () => {
    const outputs = await compute();
    return named(call, plan, (name) => {
      const output = outputs[`new:${name}`] ?? outputs[name];
      return reshaped(engine.ort, output, outputShape(name, call, plan));
    });
  };
}

async function computation(engine: Engine, ortCall: OrtCall): Promise<() => Promise<Outputs>> {
  const { call, plan } = ortCall;
  if (engine.strategy === 'native')
    return graphRunner(engine, ortCall, nativeGraphCall(call, plan, engine.provider));
  const accurate = () => graphRunner(engine, ortCall, accurateGraphCall(call, plan, engine.provider));
  // A look at its numbers would make a GPU wait for the host.
  const fast = engine.provider === 'wasm' ? fastGraphCall(call, plan) : null;
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
  { ort, sessions }: Engine,
  { call, tensors }: OrtCall,
  { spec, dims, scalars }: GraphCall,
): Promise<() => Promise<Outputs>> {
  const location = tensors.x.location === 'cpu-pinned' ? 'cpu' : tensors.x.location;
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, shape] of Object.entries(dims)) feeds[name] = reshaped(ort, tensors[name], shape);
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

function named(
  call: DescribedCall,
  plan: CallPlan,
  make: (name: OutputName, type: NonNullable<ReturnType<typeof outputTypes>[OutputName]>) => OrtTensor,
): NormResult<OrtTensor> {
  const types = Object.entries(outputTypes(call, plan)) as [OutputName, Parameters<typeof make>[1]][];
  return Object.fromEntries(types.map(([name, type]) => [name, make(name, type)]));
}
