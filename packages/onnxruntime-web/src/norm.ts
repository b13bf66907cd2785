import {
  type AsyncNormFunctions,
  bindNorm,
  type CallPlan,
  checkVariances,
  mapTensors,
  type NormCall,
  NormError,
  type NormResult,
  planCall,
  type ResultOf,
  type TensorDescription,
  tensorsOf,
  widened,
} from '@normlayers/core/adapter';
import { Engine } from './engine';
import { checkedOptions, type OnnxruntimeWebOptions, type Options } from './options';
import type { OrtTensor } from './runtime/framework';
import { describeTensor, expectInMemory, fromOrt, isInMemory, reshaped } from './runtime/tensors';
import { inMemory, supportOf } from './support';

/**
 * The five normalizations on `ort.Tensor`s. Each takes the arguments of the function of that name in
 * `@normlayers/core`, with tensors of ONNX Runtime (float32, float16, float64), gives its results as tensors in x's
 * location (memory, or a device), and rejects with the same `NormError`s before anything is computed. Tensors given are
 * left as they are; tensors returned belong to the caller.
 */
export interface Norm extends AsyncNormFunctions<OrtTensor> {
  /**
   * Any call, as `layerNorm` and the others take it, with its operation and mode named.
   *
   * @param out where y, or dx, is put, so that no memory is allocated for it: a tensor in memory of x's type and dims, which
   *   is then the result's. With strategy `kernels`; a session writes into tensors of its own.
   * @throws NormError as the functions do; `unsupported`, `dtype` or `shape` for an `out` that does not fit.
   */
  run<C extends NormCall<OrtTensor>>(call: C, out?: OrtTensor): Promise<ResultOf<C, OrtTensor>>;
  /** Waits for the calls that have begun, refuses others and releases every session. May be called twice. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Binds the normalizations to your ONNX Runtime Web. A session is made when a call first needs it and is kept for all
 * later calls of its kind, whatever their sizes, until `dispose`. (Provider `webgl`: of the same sizes, the 16 last used.
 * Strategy `kernels` on `webgpu`: one, that keeps the device.) Calls made at the same time wait for each other; see `inTurn`.
 *
 * @throws NormError `missing-argument`, `unknown-argument`, `backend` where ONNX Runtime is too old.
 *
 * @example
 * ```ts
 * import { createNorm } from '@normlayers/onnxruntime-web';
 * import * as ort from 'onnxruntime-web';
 *
 * const norm = createNorm({ ort });
 * const x = new ort.Tensor('float32', [1, 3, 10, 30], [2, 2]);
 * const gamma = new ort.Tensor('float32', [1, 2], [2]);
 * const { y } = await norm.layerNorm({ x, gamma, epsilon: 0 });
 * assert.deepEqual([...(y.data as Float32Array)], [-1, 2, -1, 2]);
 * await norm.dispose();
 * ```
 */
export function createNorm(options: OnnxruntimeWebOptions): Norm {
  const checked = checkedOptions(options, 'createNorm');
  const engine = new Engine(checked);

  async function run(call: NormCall<OrtTensor>, out?: OrtTensor): Promise<NormResult<OrtTensor>> {
    engine.refuseDisposed();
    const described = mapTensors(call, describeTensor);
    const plan = planCall(described, 'device');
    const support = supportOf(checked, described);
    if (!support.supported) {
      const { reason, values = {} } = support;
      const { op, mode } = call;
      throw new NormError('unsupported', `${checked.name} does not compute ${op} ${mode}: ${reason}.`, {
        values,
      });
    }
    if (checked.provider === 'wasm') mapTensors(call, expectInMemory);
    checkVarianceInMemory(call, plan);
    if (out !== undefined) checkOut(out, described.x, checked);
    // The caller may dispose of theirs as soon as the call has begun.
    const held = mapTensors(call, (tensor) => reshaped(checked.ort, tensor, tensor.dims));
    return engine.run({ call: held, described, plan, ...(out === undefined ? {} : { out }) });
  }

  const dispose = () => engine.dispose();
  return {
    ...bindNorm<OrtTensor>((call) => run(call)),
    run: run as Norm['run'],
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** On a device its numbers are not looked at: a GPU would wait for it. */
function checkVarianceInMemory(call: NormCall<OrtTensor>, { statistics, epsilon }: CallPlan): void {
  const { variance } = tensorsOf(call);
  if (statistics !== 'given' || variance === undefined || !isInMemory(variance)) return;
  checkVariances(widened(fromOrt(variance).data), epsilon);
}

/** Refuses a tensor that y, or dx, cannot be put into. */
function checkOut(out: OrtTensor, x: TensorDescription, options: Options): void {
  const argument = 'out';
  if (!inMemory(options)) {
    throw new NormError(
      'unsupported',
      `${options.name} takes no out: results are tensors of their own there; strategy 'kernels' in memory takes it.`,
      { argument },
    );
  }
  const { dtype, shape } = describeTensor(out, argument);
  expectInMemory(out, argument);
  if (dtype !== x.dtype) {
    throw new NormError('dtype', `out is ${dtype}; expected x's type, ${x.dtype}.`, { argument });
  }
  if (String(shape) !== String(x.shape)) {
    throw new NormError('shape', `out has shape [${shape}]; expected x's, [${x.shape}].`, { argument });
  }
}
