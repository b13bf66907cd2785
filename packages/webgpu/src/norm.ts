import {
  ADDITIONS,
  argumentUnsupported,
  bindNorm,
  type CallPlan,
  type NormCall,
  NormError,
  type NormFunctions,
  type NormResult,
  type OutputName,
  planCall,
  type TensorDescription,
  tensorsOf,
} from '@normlayers/core/adapter';
import { type GpuLimits, limitsOf } from './passes/limits';
import type { Pass } from './passes/pass';
import { passesOf } from './passes/passes';
import { bytesOf, checkGpuTensor, checkStorable, type GpuTensor } from './runner/gpu-tensor';
import { PassRunner } from './runner/pass-runner';
import { allocateTensor } from './runner/transfer';

/** Results to be written into, by name: those that are not given are allocated. */
export type Out = { readonly [name in OutputName]?: GpuTensor };

/** The fifteen functions on tensors of a device, each of which also takes `out`. */
export type GpuNormFunctions = {
  [name in keyof NormFunctions<GpuTensor>]: (
    call: Parameters<NormFunctions<GpuTensor>[name]>[0] & { readonly out?: Out | undefined },
  ) => ReturnType<NormFunctions<GpuTensor>[name]>;
};

export interface GpuNormOptions {
  readonly device: GPUDevice;
  /** What the kernels are shaped for. Default: `limitsOf(device)`. */
  readonly limits?: GpuLimits | undefined;
}

/** A call that has been handed to the device. */
export interface Submitted {
  readonly results: NormResult<GpuTensor>;
  /**
   * Fulfilled when the device has accepted the call, which it may still be computing.
   *
   * @throws NormError `backend` where it refused it, and `out-of-memory`. `settled` then says nothing of it.
   */
  accepted(): Promise<void>;
}

/**
 * The normalizations on a device of yours. Functions return at once; their results are there for whatever is
 * submitted to the device's queue next. Results' buffers are yours to destroy.
 */
export interface GpuNorm extends GpuNormFunctions {
  /** Any call, as `layerNorm` and the others take it, with its operation and mode named. */
  run(call: NormCall<GpuTensor>, out?: Out): NormResult<GpuTensor>;
  /** The same, with the device's own word on this call and no other. */
  submit(call: NormCall<GpuTensor>, out?: Out): Submitted;
  /**
   * Records a call's dispatches into a compute pass of yours, to be submitted when you like.
   *
   * @param outputs every result of the call; `planCall(call, 'device').outputs` has their types and shapes.
   */
  record(pass: GPUComputePassEncoder, call: NormCall<GpuTensor>, outputs: Out): void;
  /**
   * Compiles what calls of these types and shapes need, so that none waits for it.
   *
   * @throws NormError for what `run` would refuse of them.
   */
  ready(...calls: NormCall<TensorDescription>[]): Promise<void>;
  /**
   * Fulfilled when all that was run before is done.
   *
   * @throws NormError `backend` where the device refused something, such as a buffer that has been destroyed
   *   or is another device's, and `out-of-memory`: WebGPU tells of these no sooner.
   */
  settled(): Promise<void>;
  /** Frees what the kernels keep between calls. Results stay. */
  dispose(): void;
}

/**
 * The normalizations on a GPUDevice.
 *
 * @throws NormError from its functions: for bad input; `unsupported` for float64, float16 without the feature
 *   `shader-f16`, buffers without usage STORAGE, misaligned offsets, results in a buffer that is read, and
 *   sizes beyond the device's limits; `backend` for a lost device; `disposed`. Always before anything is
 *   submitted.
 */
export function createNorm({ device, limits = limitsOf(device) }: GpuNormOptions): GpuNorm {
  const runner = new PassRunner(device, limits);
  const failures = new Set<NormError>();
  let lost: GPUDeviceLostInfo | null = null;
  let disposed = false;
  void device.lost.then((info) => {
    lost = info;
  });

  function refuseLost(): void {
    if (lost !== null)
      throw new NormError('backend', `the GPU device is lost: ${lost.message || lost.reason}`);
  }

  function checked(call: NormCall<GpuTensor>): {
    plan: CallPlan;
    passes: Pass[];
    tensors: Record<string, GpuTensor>;
  } {
    if (disposed) throw new NormError('disposed', 'this norm has been disposed; make a new one.');
    refuseLost();
    const plan = planCall(call, 'device');
    const other = argumentUnsupported(call, ADDITIONS);
    if (other !== null) {
      throw new NormError('unsupported', `${call.op} ${call.mode}: ${other.reason}.`, {
        values: other.values!,
      });
    }
    const tensors = tensorsOf(call) as Record<string, GpuTensor>;
    for (const [name, tensor] of Object.entries(tensors)) checkGpuTensor(name, tensor, limits);
    const passes = passesOf(call, plan, limits);
    runner.check(passes);
    return { plan, passes, tensors };
  }

  function submit(call: NormCall<GpuTensor>, out: Out = {}): Submitted {
    const { plan, passes, tensors } = checked(call);
    checkOut(out, plan, limits, tensors);
    const results: Record<string, GpuTensor> = {};
    for (const [name, { dtype, shape }] of Object.entries(plan.outputs)) {
      checkStorable(name, { dtype, shape }, limits);
    }
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    for (const [name, description] of Object.entries(plan.outputs)) {
      results[name] = out[name as OutputName] ?? allocateTensor(device, description);
    }
    const encoder = device.createCommandEncoder();
    if (passes.length === 0) clear(encoder, results, plan);
    else {
      const pass = encoder.beginComputePass();
      runner.record(pass, passes, tensors, results, false);
      pass.end();
    }
    device.queue.submit([encoder.finish()]);
    const heard = Promise.all([
      hear(device.popErrorScope(), 'backend'),
      hear(device.popErrorScope(), 'out-of-memory'),
    ]).then(([refused, full]) => refused ?? full);
    const noted: Promise<void> = heard.then((failure) => {
      if (failure !== null) failures.add(failure);
      unheard.delete(noted);
    });
    unheard.add(noted);
    return {
      results: results as NormResult<GpuTensor>,
      async accepted() {
        const failure = await heard;
        if (failure !== null) {
          failures.delete(failure);
          throw failure;
        }
        refuseLost();
      },
    };
  }

  const unheard = new Set<Promise<void>>();
  /** What the device says of a call; nothing where it is lost, which the next call says. */
  async function hear(
    scope: Promise<GPUError | null>,
    code: 'backend' | 'out-of-memory',
  ): Promise<NormError | null> {
    const error = await scope.catch(() => null);
    return error === null ? null : new NormError(code, `the device refused a call: ${error.message}`);
  }

  const run = (call: NormCall<GpuTensor>, out?: Out) => submit(call, out).results;

  return {
    ...(bindNorm((call: NormCall<GpuTensor>) => {
      const { out, ...rest } = call as NormCall<GpuTensor> & { out?: Out };
      return run(rest as NormCall<GpuTensor>, out);
    }) as unknown as GpuNormFunctions),
    run,
    submit,
    record(pass, call, outputs) {
      const { plan, passes, tensors } = checked(call);
      checkOut(outputs, plan, limits, tensors);
      const missing = Object.keys(plan.outputs).find((name) => outputs[name as OutputName] === undefined);
      if (missing !== undefined) {
        throw new NormError(
          'missing-argument',
          `outputs has no ${missing}; record() writes into given tensors.`,
          {
            argument: missing,
          },
        );
      }
      runner.record(pass, passes, tensors, outputs as Record<string, GpuTensor>, true);
    },
    async ready(...calls) {
      const passes = calls.flatMap((call) => {
        const plan = planCall(call, 'device');
        for (const [name, tensor] of Object.entries({ ...tensorsOf(call), ...plan.outputs })) {
          checkStorable(name, tensor as TensorDescription, limits);
        }
        return passesOf(call, plan, limits);
      });
      runner.check(passes);
      await runner.ready(passes);
    },
    async settled() {
      await Promise.all([...unheard, lost ?? device.queue.onSubmittedWorkDone()]);
      const [failure] = failures;
      failures.clear();
      if (failure !== undefined) throw failure;
      refuseLost();
    },
    dispose() {
      disposed = true;
      runner.dispose();
    },
  };
}

/** Sums over nothing: what gradients of given statistics are where x has no elements. */
function clear(
  encoder: GPUCommandEncoder,
  results: Readonly<Record<string, GpuTensor>>,
  plan: CallPlan,
): void {
  if (plan.outputs.y !== undefined) return;
  for (const tensor of Object.values(results)) {
    if (bytesOf(tensor) > 0) encoder.clearBuffer(tensor.buffer, tensor.offset ?? 0, bytesOf(tensor));
  }
}

/** @throws NormError for results that the call has not, that have another type or shape, or lie in a buffer that is read. */
function checkOut(
  out: Out,
  plan: CallPlan,
  limits: GpuLimits,
  inputs: Readonly<Record<string, GpuTensor>>,
): void {
  const read = new Set(Object.values(inputs).map(({ buffer }) => buffer));
  for (const [name, tensor] of Object.entries(out)) {
    if (tensor === undefined) continue;
    const expected = plan.outputs[name as OutputName];
    if (expected === undefined) {
      throw new NormError(
        'unknown-argument',
        `out has ${name}; this call gives ${Object.keys(plan.outputs).join(', ')}.`,
        { argument: name },
      );
    }
    if (tensor.dtype !== expected.dtype) {
      throw new NormError('dtype', `out's ${name} is ${tensor.dtype}; expected ${expected.dtype}.`, {
        argument: name,
      });
    }
    if (String(tensor.shape) !== String(expected.shape)) {
      throw new NormError(
        'shape',
        `out's ${name} has shape [${tensor.shape}]; expected [${expected.shape}].`,
        {
          argument: name,
        },
      );
    }
    checkGpuTensor(name, tensor, limits);
    if (read.has(tensor.buffer)) {
      throw new NormError(
        'unsupported',
        `out's ${name} lies in a buffer that the call reads; WebGPU lets no kernel read and write one buffer.`,
        { argument: name },
      );
    }
  }
}
