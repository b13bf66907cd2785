import { type NormCall, type NormResult, tensor } from '@normlayers/core';
import { MODES, nameOfFunction, OPS } from '@normlayers/core/adapter';
import { expectAccurate } from '@normlayers/testing';
import { createNorm, type WasmNorm } from '@normlayers/wasm';
import { afterAll, beforeAll, expect, test } from 'vitest';

let norm: WasmNorm;
beforeAll(async () => void (norm = await createNorm()));
afterAll(() => norm.dispose());

const x = tensor(
  Array.from({ length: 24 }, (_, i) => Math.sin(i) + (i % 5)),
  [2, 4, 3],
);
const dy = tensor(
  Array.from({ length: 24 }, (_, i) => Math.cos(i)),
  [2, 4, 3],
);
const statistics = { mean: tensor([0, 1, 2, 3], [4]), variance: tensor([1, 2, 3, 4], [4]) };

test.each(OPS.flatMap((op) => MODES.map((mode) => ({ op, mode, name: nameOfFunction(op, mode) }))))(
  '$name computes what run does',
  ({ op, mode, name }) => {
    const call = {
      x,
      ...(mode === 'backward' ? { dy } : {}),
      ...(op === 'batchNorm' && mode === 'inference' ? statistics : {}),
      ...(op === 'groupNorm' ? { groups: 2 } : {}),
    };
    const whole = { ...call, op, mode } as NormCall;
    const result = (norm[name] as (given: object) => NormResult)(call);
    expect(result).toEqual(norm.run(whole));
    expectAccurate(whole, result);
  },
);
