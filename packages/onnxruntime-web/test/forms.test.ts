import { judge, truthOfCall } from '@normlayers/conformance';
import {
  allocate,
  DTYPES,
  type DType,
  MODES,
  type Mode,
  type NormCall,
  rounded,
  sizeOf,
} from '@normlayers/core/adapter';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { onnxruntimeWebAdapter } from '../src/index';
import { ort } from './runtime';

const adapter = onnxruntimeWebAdapter({ ort, strategy: 'graph' });
afterAll(() => adapter.dispose());

async function expectRight(call: NormCall): Promise<void> {
  expect(judge(await adapter.run(call), truthOfCall(call)).faults).toEqual([]);
}

interface Form {
  readonly op: 'layerNorm' | 'rmsNorm' | 'batchNorm';
  readonly mode: Mode;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly gammaShape: readonly number[];
  readonly attributes: object;
}

/** A call of a form, of numbers that any type can sum: sines of mean 0.5. */
function callOf({ op, mode, dtype, shape, gammaShape, attributes }: Form): NormCall {
  const tensor = (dims: readonly number[], frequency: number) => ({
    dtype,
    shape: dims,
    data: rounded(
      Float64Array.from({ length: sizeOf(dims) }, (_, i) => 0.5 + Math.sin(frequency * (i + 1))),
      allocate(dtype, sizeOf(dims)),
    ),
  });
  const gamma = tensor(gammaShape, 3);
  const rest =
    mode === 'backward' ? { dy: tensor(shape, 5) } : op === 'rmsNorm' ? {} : { beta: tensor(gammaShape, 7) };
  const given =
    op === 'batchNorm' && mode === 'inference' ? { mean: gamma, variance: tensor(gammaShape, 0.2) } : {};
  return { op, mode, x: tensor(shape, 11), gamma, ...rest, ...given, ...attributes } as unknown as NormCall;
}

test('Layer and RMS Norm over any axes of up to six, in any order', async () => {
  const forms = fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }),
      fc.constantFrom('layerNorm', 'rmsNorm'),
      fc.constantFrom(...MODES),
      fc.constantFrom(...DTYPES),
      fc.boolean(),
    )
    .chain(([shape, op, mode, dtype, flat]) =>
      fc.shuffledSubarray(shape.map((_, axis) => axis)).map((axes): Form => {
        const gammaShape = axes.map((axis) => shape[axis] as number);
        return {
          ...({ op, mode, dtype, shape, attributes: { axes } } as const),
          gammaShape: flat ? [sizeOf(gammaShape)] : gammaShape,
        };
      }),
    );
  await fc.assert(
    fc.asyncProperty(forms, (form) => expectRight(callOf(form))),
    { numRuns: 60, seed: 20261130 },
  );
});

test('sums of 65536 elements that do not lie side by side', async () => {
  for (const mode of MODES)
    await expectRight(
      callOf({ op: 'batchNorm', mode, dtype: 'float32', shape: [65536, 3], gammaShape: [3], attributes: {} }),
    );
});

test('an empty batch: nothing out, and parameter gradients of 0', async () => {
  const empty = { dtype: 'float32', gammaShape: [3], attributes: {} } as const;
  for (const mode of MODES) await expectRight(callOf({ ...empty, op: 'layerNorm', mode, shape: [0, 3] }));
  await expectRight(callOf({ ...empty, op: 'batchNorm', mode: 'inference', shape: [0, 3] }));
  await expectRight(callOf({ ...empty, op: 'rmsNorm', mode: 'inference', shape: [2, 0], gammaShape: [0] }));
});
