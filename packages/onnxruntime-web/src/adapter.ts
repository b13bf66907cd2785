import {
  defineAdapter,
  LATER_ARGUMENTS,
  type NormAdapter,
  NormError,
  type NormResult,
  type PreparedNorm,
  tensorsOf,
} from '@normlayers/core/adapter';
import { Engine } from './engine';
import { checkedOptions, type OnnxruntimeWebOptions } from './options';
import type { OnnxRuntime, OrtTensor } from './runtime/framework';
import { fromOrt } from './runtime/tensors';
import { inTurn } from './runtime/turns';
import { mapResults } from './strategies/results';
import type { Compute } from './strategies/strategy';
import { limitsOf, supportOf } from './support';

/**
 * The normalizations on ONNX Runtime Web behind the adapter contract: arrays in, arrays out. Named
 * `onnxruntime-web/<provider>`, with strategy `native` `native:onnxruntime-web/<provider>`: ONNX's own operators,
 * unimproved, which have no gradients.
 *
 * @throws NormError `missing-argument`, `unknown-argument`, `backend` where ONNX Runtime is too old; `backend` from
 *   `prepare` and `run`, where it fails.
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
  const checked = checkedOptions(options, 'onnxruntimeWebAdapter');
  const engine = new Engine(checked);
  return defineAdapter({
    name: checked.name,
    kind: checked.strategy === 'native' ? 'native' : 'ours',
    limits: limitsOf(checked),
    takes: LATER_ARGUMENTS,
    supports: (call) => supportOf(checked, call),
    async prepare(call, plan) {
      const held = await engine.hold(call);
      try {
        return prepared(
          checked.ort,
          await engine.prepare({ call: held, described: call, plan }),
          tensorsOf(held),
        );
      } catch (error) {
        free(tensorsOf(held));
        throw error;
      }
    },
    dispose: () => engine.dispose(),
  });
}

/** One thing after the other: a run that is under way ends before its results are read or what it holds is freed. */
function prepared(ort: OnnxRuntime, compute: Compute, tensors: object): PreparedNorm {
  let results: NormResult<OrtTensor> | null = null;
  let last: Promise<unknown> = Promise.resolve();
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
        return download(ort, results);
      }),
    dispose: () =>
      afterLast(() => {
        free(results);
        free(tensors);
        results = null;
      }),
  };
}

function free(held: object | null): void {
  for (const tensor of Object.values(held ?? {}) as OrtTensor[]) tensor.dispose();
}

/** In turn: on JSEP a download and a run write into one command encoder. */
async function download(ort: OnnxRuntime, results: NormResult<OrtTensor>): Promise<NormResult> {
  const onDevice = Object.values(results).filter(({ location }) => location === 'gpu-buffer');
  if (onDevice.length > 0)
    await inTurn(ort, async () => {
      for (const tensor of onDevice) await tensor.getData();
    });
  return mapResults(results, fromOrt);
}
