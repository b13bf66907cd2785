import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FULL } from '@normlayers/testing/full-run';
import { build } from 'esbuild';
import { GraphProtoSchema, ModelProtoSchema, TensorProtoSchema } from 'onnx-buf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OnnxBuilder } from './onnx-builder';
import type { Spent } from './peak-memory';

const CHANNELS = 512;
/** Numbers of one convolution of 3 x 3: 9.4 MB. */
const COUNT = CHANNELS * CHANNELS * 9;
const LAYERS = FULL ? 11 : 4;

/** A record of a message's field, not copied on the way. */
function record(field: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish(), ...parts];
}

/** Convolutions, each with a Batch Norm behind it, whose weights stand in one of a tensor's fields. */
function convolutions(field: number): Uint8Array {
  const b = new OnnxBuilder();
  b.input('x', 'float32', [1, CHANNELS, 8, 8]);
  const weights = new Float32Array(COUNT).map((_, i) => Math.sin(i));
  const tensors: Uint8Array[] = [];
  let x = 'x';
  for (let i = 0; i < LAYERS; i++) {
    const named = create(TensorProtoSchema, { name: `w${i}`, dataType: 1, dims: [512n, 512n, 3n, 3n] });
    const body = [toBinary(TensorProtoSchema, named), ...record(field, [new Uint8Array(weights.buffer)])];
    tensors.push(...record(5, body));
    const parameters = [1, 2, 3, 4].map((one) => b.constant(new Float64Array(CHANNELS).fill(one)));
    const convolved = b.node('Conv', [x, `w${i}`], { pads: [1, 1, 1, 1] });
    x = b.node('Relu', [b.node('BatchNormalization', [convolved, ...parameters])]);
  }
  b.output(x, 'float32');
  const head = { irVersion: 8n, opsetImport: [{ version: 17n }] };
  return Buffer.concat([
    toBinary(ModelProtoSchema, create(ModelProtoSchema, head)),
    ...record(7, [toBinary(GraphProtoSchema, b.graph), ...tensors]),
  ]);
}

const folder = mkdtempSync(join(tmpdir(), 'normlayers-large-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('peak-memory.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(folder, 'peak-memory.mjs'),
  });
});

// Packed, the two are the same bytes: neither is decoded number by number.
test.each([
  ['raw_data', 9],
  ['float_data', 4],
])(
  `${LAYERS * 9.4} MB of convolutions in %s are folded in three times their size`,
  (_, field) => {
    const bytes = convolutions(field);
    const file = join(folder, 'model.onnx');
    writeFileSync(file, bytes);
    const output = execFileSync(process.execPath, [join(folder, 'peak-memory.mjs'), file], {
      encoding: 'utf8',
    });
    const { found, changes, peak, seconds } = JSON.parse(output) as Spent;
    console.log(`${bytes.length} bytes: ${(peak / bytes.length).toFixed(2)} times, ${seconds.toFixed(1)} s`);
    expect([found, changes]).toEqual([LAYERS, LAYERS]);
    expect(peak).toBeLessThan(3 * bytes.length);
    // Processor time: 1.7 s on two cores of a small machine.
    if (FULL) expect(seconds).toBeLessThan(3);
  },
  120_000,
);
