import {
  defineAdapter,
  holdsDenormals,
  type NormAdapter,
  type NormCall,
  NormError,
  type NormResult,
  type PreparedNorm,
  planCall,
  type Support,
  type Tensor,
} from '@normlayers/core';
import { type DescribedCall, nativeSupport, nativeWebglSupport, typesOf } from '@normlayers/onnx';
import { compile, type Engine } from './evaluate';
import type { OnnxruntimeWebOptions, OrtTensor } from './framework';
import { fromOrt, toOrt } from './ort-tensors';
import { Sessions } from './sessions';
import { webglLimit } from './webgl-limits';

/**
 * The normalizations on ONNX Runtime Web behind the adapter contract: arrays in, arrays out. Named
 * `onnxruntime-web/<provider>`, with strategy `native` `native:onnxruntime-web/<provider>`.
 *
 * @throws NormError `backend` from `prepare` and `run`, where ONNX Runtime fails.
 *
 * @example
 * ```ts
 * import { tensor } from '@normlayers/core';
 * import { onnxruntimeWebAdapter } from '@normlayers/onnxruntime-web';
 * import * as ort from 'onnxruntime-web';
 *
 * const adapter = onnxruntimeWebAdapter({ ort });
 * const { y } = await adapter.run({ op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 });
 * assert.deepEqual([...y.data], [-1, 1]);
 * await adapter.dispose();
 * ```
 */
export function onnxruntimeWebAdapter(options: OnnxruntimeWebOptions): NormAdapter {
  const engine = engineOf(options);
  return defineAdapter({
    name: nameOf(options),
    supports: (call) => supportOf(options, call),
    async prepare(call, plan) {
      const tensors = tensorsOf(call, (tensor) => toOrt(engine.ort, tensor));
      const compute = await engine.sessions.during(() => compile(engine, { call, plan, tensors }));
      return prepared(() => engine.sessions.during(compute), tensors);
    },
    dispose: () => engine.sessions.dispose(),
  });
}

/**
 * ONNX's own operators, unimproved: what a person gets without us. The same as strategy `native`. They have no
 * gradients, so mode `backward` is unsupported.
 *
 * @example
 * ```ts
 * import { nativeOnnxruntimeWebAdapter } from '@normlayers/onnxruntime-web';
 * import * as ort from 'onnxruntime-web';
 *
 * const adapter = nativeOnnxruntimeWebAdapter({ ort });
 * assert.equal(adapter.name, 'native:onnxruntime-web/wasm');
 * await adapter.dispose();
 * ```
 */
export function nativeOnnxruntimeWebAdapter(options: Omit<OnnxruntimeWebOptions, 'strategy'>): NormAdapter {
  return onnxruntimeWebAdapter({ ...options, strategy: 'native' });
}

export function nameOf({ provider = 'wasm', strategy }: OnnxruntimeWebOptions): string {
  return `${strategy === 'native' ? 'native:' : ''}onnxruntime-web/${provider}`;
}

export function engineOf(options: OnnxruntimeWebOptions): Engine {
  const { ort, provider = 'wasm', strategy = 'accurate' } = options;
  return { ort, provider, strategy, sessions: new Sessions(ort, provider, nameOf(options)) };
}

/** What is supported, under either strategy: the only place that says so. */
export function supportOf(options: OnnxruntimeWebOptions, call: DescribedCall): Support {
  const reason = refusalOf(options, call);
  if (reason !== null) return { supported: false, reason };
  if (options.strategy !== 'native') return { supported: true, via: 'composed' };
  if (options.provider === 'webgl') return nativeWebglSupport(call);
  return nativeSupport({ op: call.op, mode: call.mode, types: typesOf(call) });
}

/** What a provider cannot do whatever the graph is. */
function refusalOf(
  { provider = 'wasm', strategy, float16 = false }: OnnxruntimeWebOptions,
  call: DescribedCall,
): string | null {
  if (provider !== 'webgpu' && provider !== 'webgl') return null;
  const gpu = provider === 'webgpu' ? 'WebGPU' : 'WebGL';
  const types = Object.values(typesOf(call));
  if (types.includes('float64')) return `${gpu} has no float64`;
  if (types.includes('float16') && provider === 'webgl')
    return 'ONNX Runtime’s WebGL provider has no float16';
  if (types.includes('float16') && !float16)
    return 'this device has no shader-f16, as far as is known (option float16)';
  const tensors = Object.values(call).filter(isTensor);
  if (tensors.some(holdsDenormals)) return `${gpu} may take denormal numbers, below 1.2e-38, for 0`;
  if (strategy !== 'native' && tensors.some(holdsHuge))
    return `sums of numbers beyond 1.2e33 may overflow on ${gpu}`;
  return provider === 'webgl' ? webglLimit(call, planCall(call, 'device')) : null;
}

/** The largest magnitude of which `gpuGraph` can sum 2^17 in float32. */
const LARGEST_ON_GPU = 2 ** 110;

function holdsHuge({ data }: Tensor): boolean {
  for (const value of data) {
    if (Math.abs(value) > LARGEST_ON_GPU && Number.isFinite(value)) return true;
  }
  return false;
}

/** A tensor with its numbers; those on a device have none to look at. */
function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && ArrayBuffer.isView((value as Tensor).data);
}

/** One thing after the other: a run that is under way ends before its results are read or what it holds is freed. */
function prepared(
  compute: () => Promise<NormResult<OrtTensor>>,
  tensors: Record<string, OrtTensor>,
): PreparedNorm {
  let results: NormResult<OrtTensor> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const free = (held: object | null) => {
    for (const tensor of Object.values(held ?? {}) as OrtTensor[]) tensor.dispose();
  };
  const afterLast = <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  return {
    run: () =>
      afterLast(async () => {
        free(results);
        results = null;
        results = await compute();
      }),
    read: () =>
      afterLast(() => {
        if (results === null)
          throw new NormError('not-run', 'the last run failed: there is nothing to read.');
        return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(value)]));
      }),
    dispose: () =>
      afterLast(() => {
        free(results);
        free(tensors);
        results = null;
      }),
  };
}

function tensorsOf(call: NormCall, convert: (tensor: Tensor) => OrtTensor): Record<string, OrtTensor> {
  const entries = Object.entries(call).filter(([name]) => name in typesOf(call));
  return Object.fromEntries(entries.map(([name, value]) => [name, convert(value as Tensor)]));
}
