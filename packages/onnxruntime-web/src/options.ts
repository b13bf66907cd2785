import { checkArguments, NormError } from '@normlayers/core/adapter';
import type { Provider } from '@normlayers/onnx';
import { type OnnxRuntime, tooOld } from './runtime/framework';

const PROVIDERS: readonly Provider[] = ['wasm', 'webgpu', 'webgl', 'webnn'];

export const STRATEGIES = ['kernels', 'graph', 'native'] as const;

/** Providers whose tensors lie where kernels of ours run. */
const WITH_KERNELS: readonly Provider[] = ['wasm', 'webgpu'];

/**
 * What computes a call. `kernels`: for provider `wasm` the WebAssembly kernels of `@normlayers/wasm` over the tensors'
 * arrays, for `webgpu` the WGSL kernels of `@normlayers/webgpu` on ONNX Runtime's device. `graph`: an ONNX graph of plain operators. Both are right for every input that has an answer. `native`: ONNX's
 * own operator as it comes, with its errors.
 */
export type Strategy = (typeof STRATEGIES)[number];

export interface OnnxruntimeWebOptions {
  /** Your `onnxruntime-web` module. What you set on its `env` holds; nothing is set on it here. */
  readonly ort: OnnxRuntime;
  /** Default: `wasm`. */
  readonly provider?: Provider | undefined;
  /** Default: `kernels` for providers `wasm` and `webgpu`, `graph` for others. */
  readonly strategy?: Strategy | undefined;
  /**
   * For `webgpu`: whether the device has `shader-f16`, without which ONNX Runtime gives zeros for float16. Default: false.
   * `(await navigator.gpu.requestAdapter()).features.has('shader-f16')` tells.
   */
  readonly float16?: boolean | undefined;
}

/** The options with their defaults. */
export interface Options {
  readonly ort: OnnxRuntime;
  readonly provider: Provider;
  readonly strategy: Strategy;
  readonly float16: boolean;
  /** What its adapter is called, in reports and errors. */
  readonly name: string;
}

const KNOWN = ['ort', 'provider', 'strategy', 'float16'];

/**
 * Checks options and fills in their defaults.
 *
 * @throws NormError `missing-argument`, `unknown-argument`; `backend` where ONNX Runtime is too old.
 */
export function checkedOptions(given: OnnxruntimeWebOptions, functionName: string): Options {
  const options: Partial<OnnxruntimeWebOptions> = given ?? {};
  const { ort, provider = 'wasm', strategy = defaultStrategy(provider), float16 = false } = options;
  if (!isRuntime(ort)) {
    throw new NormError(
      'missing-argument',
      `${functionName} was not given onnxruntime-web; call ${functionName}({ ort }) after import * as ort from 'onnxruntime-web'.`,
      { argument: 'ort' },
    );
  }
  checkArguments(functionName, options, KNOWN);
  expectOneOf('provider', provider, PROVIDERS);
  expectOneOf('strategy', strategy, STRATEGIES);
  expectOneOf('float16', float16, [true, false]);
  if (strategy === 'kernels' && !WITH_KERNELS.includes(provider)) {
    throw new NormError(
      'unknown-argument',
      `strategy 'kernels' is for providers ${WITH_KERNELS.join(' and ')}; provider is '${provider}', which has 'graph'.`,
      { argument: 'strategy' },
    );
  }
  if (provider === 'webgpu' && ort.env === undefined) {
    throw new NormError(
      'missing-argument',
      `${functionName} was given an ort without env, which has the device of provider 'webgpu'; give the module as it is imported.`,
      { argument: 'ort' },
    );
  }
  const old = tooOld(ort);
  if (old !== null) {
    throw new NormError(
      'backend',
      `onnxruntime-web ${old.version} is too old; install ${old.oldest} or later.`,
      { argument: 'ort', values: old },
    );
  }
  return { ort, provider, strategy, float16, name: nameOf(provider, strategy) };
}

function defaultStrategy(provider: Provider): Strategy {
  return WITH_KERNELS.includes(provider) ? 'kernels' : 'graph';
}

function nameOf(provider: Provider, strategy: Strategy): string {
  const name = `onnxruntime-web/${provider}`;
  if (strategy === 'native') return `native:${name}`;
  return strategy === defaultStrategy(provider) ? name : `${name}:${strategy}`;
}

function isRuntime(value: unknown): value is OnnxRuntime {
  const { InferenceSession, Tensor } = (value ?? {}) as Partial<OnnxRuntime>;
  return InferenceSession !== undefined && Tensor !== undefined;
}

function expectOneOf(name: string, value: unknown, known: readonly unknown[]): void {
  if (known.includes(value)) return;
  const expected = known.map((one) => (typeof one === 'string' ? `'${one}'` : one)).join(', ');
  const shown = typeof value === 'string' ? `'${value}'` : String(value);
  throw new NormError('unknown-argument', `${name} is ${shown}; expected one of ${expected}.`, {
    argument: name,
  });
}
