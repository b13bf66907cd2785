import { NormError, type Tensor, tensor } from '@normlayers/core';
import { fromSafetensors, toSafetensors } from '@normlayers/core/safetensors';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const fileError = expect.objectContaining({ code: 'file' });

test('tensors of every type come back as they went, also none and empty ones', () => {
  const tensors: Record<string, Tensor> = {
    b: { dtype: 'float16', shape: [3], data: Uint16Array.of(0x3c00, 0x7e00, 0xc000) },
    a: { dtype: 'float64', shape: [2, 1], data: Float64Array.of(1e300, -0) },
    scalar: tensor(Float32Array.of(0.1), []),
    empty: tensor(new Float32Array(0), [0, 4]),
    __proto__of: tensor([1]),
  };
  expect(fromSafetensors(toSafetensors(tensors))).toEqual(tensors);
  expect(fromSafetensors(toSafetensors({}))).toEqual({});
  // As files are read: a Buffer, which may begin anywhere in memory that others share.
  const shared = Buffer.concat([Buffer.from('abc'), toSafetensors(tensors)]).subarray(3);
  const read = fromSafetensors(shared);
  expect(read).toEqual(tensors);
  shared.fill(0);
  expect(read).toEqual(tensors);
});

/** A file of a header and its data, as the format says. */
function file(header: object | string, data: readonly number[] = []): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

test('bfloat16, counts and types that are not read', () => {
  // 1.5 as bfloat16; 3 as a 64-bit and -1 as a 32-bit number, little-endian; a boolean.
  const bytes = file(
    {
      __metadata__: { format: 'pt' },
      half: { dtype: 'BF16', shape: [1], data_offsets: [0, 2] },
      count: { dtype: 'I64', shape: [], data_offsets: [2, 10] },
      step: { dtype: 'I32', shape: [1], data_offsets: [10, 14] },
      flag: { dtype: 'BOOL', shape: [1], data_offsets: [14, 15] },
    },
    [0xc0, 0x3f, 3, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 1],
  );
  expect(fromSafetensors(bytes)).toEqual({
    half: tensor([1.5]),
    count: tensor(Float64Array.of(3), []),
    step: tensor(Float64Array.of(-1)),
  });
});

test('what is torn or no safetensors file is refused as such', () => {
  const bytes = toSafetensors({ x: tensor([1, 2, 3], [3]) });
  expect(() => fromSafetensors(bytes.subarray(0, bytes.length - 1))).toThrow(fileError);
  expect(() => fromSafetensors(bytes.subarray(0, 20))).toThrow(/cut off/);
  for (const header of ['7', 'null', '{"x":{}}', '{"x":null}', '{"x":{"dtype":"F32","shape":[1]}}']) {
    expect(() => fromSafetensors(file(header))).toThrow(fileError);
  }
  const offsets = (data_offsets: number[]) =>
    file({ x: { dtype: 'F32', shape: [1], data_offsets } }, [0, 0, 0, 0]);
  for (const wrong of [
    [0, 3],
    [1, 5],
    [-4, 0],
    [4, 0],
  ]) {
    expect(() => fromSafetensors(offsets(wrong))).toThrow(fileError);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
      expect(() => fromSafetensors(noise)).toThrow(NormError);
    }),
  );
});
