import {
  ADDITIONS,
  argumentUnsupported,
  LATER_ARGUMENTS,
  type NumberLimits,
  planCall,
  type Support,
  tensorsOf,
  type Unsupported,
} from '@normlayers/core/adapter';
import { type DescribedCall, nativeSupport, type Provider } from '@normlayers/onnx';
import type { Options } from './options';
import { webglLimit } from './webgl-limits';

/** Whether the kernels of wasm compute, over arrays. */
export function inMemory({ strategy, provider }: Options): boolean {
  return strategy === 'kernels' && provider === 'wasm';
}

/** What is supported, under every strategy: the only place that says so. */
export function supportOf(options: Options, call: DescribedCall): Support {
  const refusal = refusalOf(options, call);
  if (refusal !== null) return refusal;
  const other = argumentUnsupported(call, inMemory(options) ? LATER_ARGUMENTS : ADDITIONS);
  if (other !== null) return other;
  if (options.strategy === 'native') return nativeSupport(call, options.provider);
  return { supported: true, via: options.strategy === 'kernels' ? 'fused' : 'composed' };
}

/** The largest magnitude of which `gpuGraph` can sum 2^17 in float32. */
const LARGEST_ON_GPU = 2 ** 110;

/** The numbers that a provider does not compute with. */
export function limitsOf({ provider, strategy }: Options): NumberLimits {
  if (!isGpu(provider)) return {};
  return strategy === 'graph' ? { denormals: 'flushed', largest: LARGEST_ON_GPU } : { denormals: 'flushed' };
}

const GPU_NAMES: Partial<Record<Provider, string>> = { webgpu: 'WebGPU', webgl: 'WebGL' };

function isGpu(provider: Provider): boolean {
  return GPU_NAMES[provider] !== undefined;
}

/** What a provider cannot do whatever the graph is. */
function refusalOf({ provider, float16 }: Options, call: DescribedCall): Unsupported | null {
  const device = GPU_NAMES[provider];
  if (device === undefined) return null;
  const types = Object.values(tensorsOf(call)).map((tensor) => tensor?.dtype);
  const without = (dtype: string, reason: string): Unsupported => ({
    supported: false,
    code: 'dtype',
    reason,
    values: { dtype, device },
  });
  if (types.includes('float64')) return without('float64', `${device} has no float64`);
  if (types.includes('float16') && provider === 'webgl')
    return without('float16', 'ONNX Runtime’s WebGL provider has no float16');
  if (types.includes('float16') && !float16)
    return {
      supported: false,
      code: 'shader-f16',
      reason: 'this device has no shader-f16, as far as is known (option float16)',
      values: { dtype: 'float16' },
    };
  return provider === 'webgl' ? webglLimit(call, planCall(call, 'device')) : null;
}
