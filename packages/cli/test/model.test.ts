import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { toFloat16Bits } from '@normlayers/core';
import { descendantsOf, isBrowser, isRenderer, killFamily } from '@normlayers/testing/browser';
import { FULL, SLOW } from '@normlayers/testing/full-run';
import { zipSync } from 'fflate';
import { dump } from 'npyjs';
import { type AttributeProtoSchema, ModelProtoSchema } from 'onnx-buf';
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkCommand } from '../src/commands/model/check';
import { inspectCommand } from '../src/commands/model/inspect';
import { mendCommand } from '../src/commands/model/mend';
import { tensorsOfText, textOfTensors } from '../src/page/tensor-text';
import { normlayersIn } from './in-process';

const command = fileURLToPath(new URL('../dist/normlayers.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'normlayers-model-'));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

/** The command as it is built: the page that a browser opens stands beside it. */
const built = (...args: string[]) =>
  spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: 'utf8' });

const json = (name: string) => JSON.parse(readFileSync(at(name), 'utf8'));

/** What a command has said. */
let said = '';
beforeEach(() => {
  said = '';
  vi.spyOn(console, 'log').mockImplementation((line = '') => {
    said += `${line}\n`;
  });
});
afterEach(() => vi.restoreAllMocks());

const TYPES = { float32: 1, float16: 10 } as const;
const WIDTH = 8;

type Attribute = MessageInitShape<typeof AttributeProtoSchema>;
const axes: Attribute[] = [{ name: 'axes', type: 7, ints: [-1n] }];
const axis: Attribute[] = [{ name: 'axis', type: 2, i: -1n }];

/** x [n, 8], an offset, and a Layer Norm: spelt in operators, or the one. */
function writeModel(
  name: string,
  { type = 'float32' as keyof typeof TYPES, offset = 0, chain = true, op = 'Add' } = {},
): string {
  const bytes = (numbers: number[]) =>
    type === 'float32'
      ? new Uint8Array(Float32Array.from(numbers).buffer)
      : new Uint8Array(Uint16Array.from(numbers, toFloat16Bits).buffer);
  const constant = (own: string, numbers: number[], dims: number[]) => ({
    name: own,
    dataType: TYPES[type],
    dims: dims.map(BigInt),
    rawData: bytes(numbers),
  });
  const value = (own: string, size: string | number) => ({
    name: own,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: TYPES[type],
          shape: {
            dim: [size, WIDTH].map((one) => ({
              value:
                typeof one === 'string'
                  ? { case: 'dimParam' as const, value: one }
                  : { case: 'dimValue' as const, value: BigInt(one) },
            })),
          },
        },
      },
    },
  });
  const node = (opType: string, input: string[], output: string, attribute: Attribute[] = []) => ({
    opType,
    name: output,
    input,
    output: [output],
    attribute,
  });
  const norm = chain
    ? [
        node('ReduceMean', ['h'], 'mean', axes),
        node('Sub', ['h', 'mean'], 'centred'),
        node('Mul', ['centred', 'centred'], 'square'),
        node('ReduceMean', ['square'], 'variance', axes),
        node('Add', ['variance', 'epsilon'], 'shifted'),
        node('Sqrt', ['shifted'], 'deviation'),
        node('Div', ['centred', 'deviation'], 'quotient'),
        node('Mul', ['quotient', 'gamma'], 'y'),
      ]
    : [node('LayerNormalization', ['h', 'gamma'], 'y', axis)];
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ version: 17n }],
    graph: {
      name: 'graph',
      input: [value('x', 'n')],
      output: [value('y', 'n')],
      initializer: [
        constant('offset', [offset], []),
        constant('epsilon', [1e-5], []),
        constant(
          'gamma',
          Array.from({ length: WIDTH }, (_, i) => 1 + i),
          [WIDTH],
        ),
      ],
      node: [node(op, ['x', 'offset'], 'h'), ...norm],
    },
  });
  writeFileSync(at(name), toBinary(ModelProtoSchema, model));
  return at(name);
}

function writeInputs(name: string, arrays: Readonly<Record<string, ArrayBuffer>>): string {
  const entries = Object.entries(arrays).map(([own, bytes]) => [`${own}.npy`, new Uint8Array(bytes)]);
  writeFileSync(at(name), zipSync(Object.fromEntries(entries)));
  return at(name);
}

test('inspect: what is there, how it is spelt, what can be done', () => {
  const path = writeModel('chain.onnx');
  expect(inspectCommand(path, { for: 'any', json: at('inspect.json') })).toBe(0);
  expect(said).toMatch(/^norm +is +spelt +type +epsilon +mending\n/);
  expect(said).toMatch(
    /^y +Layer Norm +8 operators: ReduceMean Sub Mul .* …? +float32 +1e-5 +becomes LayerNormalization$/m,
  );
  expect(said).toContain(
    `1 Layer Norm; 1 can be mended. Next: normlayers model mend ${path} --out mended.onnx\n`,
  );
  expect(json('inspect.json')).toMatchObject({
    schema: 1,
    format: 'onnx',
    norms: [{ op: 'layerNorm', input: 'h', output: 'y', axes: [1], rewrite: { possible: true } }],
  });
});

test('mend: what is verified is written, and there is nothing left to do', async () => {
  const path = writeModel('chain.onnx');
  const out = at('mended.onnx');
  expect(await mendCommand(path, { for: 'wasm', out, json: at('mend.json') })).toBe(0);
  expect(said).toMatch(
    /^Mended: 1 became one operator; \d\.\d digits of every output agree with the original\. Written: /,
  );
  const report = json('mend.json');
  expect(report).toMatchObject({
    changes: [{ kind: 'fuse', into: 'LayerNormalization' }],
    difference: { right: true },
  });
  expect(report.norms.map(({ spelling }: { spelling: string }) => spelling)).toEqual(['LayerNormalization']);
  said = '';
  expect(await mendCommand(out, { for: 'wasm', out: at('again.onnx') })).toBe(0);
  expect(said).toMatch(/^Nothing to mend\. Written: /);
  expect(readFileSync(at('again.onnx'))).toEqual(readFileSync(out));
});

test('a square that overflows float16: check finds it, mend helps, check passes', async () => {
  const path = writeModel('half.onnx', { type: 'float16' });
  const row = Array.from({ length: WIDTH }, (_, i) => (i === 3 ? 900 : i));
  const input = writeInputs('half.npz', {
    x: dump(Uint16Array.from(row, toFloat16Bits), [1, WIDTH], { dtype: 'f2' }),
  });
  expect(await checkCommand(path, { runtime: 'node', input, json: at('half.json') })).toBe(1);
  expect(said).toMatch(/^y +Layer Norm +wrong .* a square overflows float16: mend computes it in float32$/m);
  expect(said).toContain('Failed: 1 of 1 norms are wrong, on float16.\n');
  const { measured } = json('half.json').norms[0];
  expect(measured).toMatchObject({ largest: 900, grades: { float16: 'wrong' }, digits: { float16: 0 } });
  const out = at('half-mended.onnx');
  expect(await mendCommand(path, { for: 'any', out, input })).toBe(0);
  said = '';
  expect(await checkCommand(out, { runtime: 'node', input })).toBe(0);
  expect(said).toMatch(/Passed: none of 1 norms is wrong\.\n$/);
});

test('far from 0, for WebGPU: the mean is taken off first', async () => {
  const path = writeModel('far.onnx', { offset: 1000, chain: false });
  expect(await mendCommand(path, { for: 'webgpu', out: at('near.onnx'), size: { n: 3 }, seed: 2 })).toBe(0);
  expect(said).toMatch(/^Mended: 1 centred first; /);
});

test('what does not run is not verified, and not written', async () => {
  const path = writeModel('unknown.onnx', { op: 'Frobnicate' });
  expect(await mendCommand(path, { for: 'wasm', out: at('never.onnx') })).toBe(1);
  expect(said).toMatch(/^Failed: it could not be verified: .* Nothing is written\./);
  expect(existsSync(at('never.onnx'))).toBe(false);
  said = '';
  expect(await checkCommand(path, { runtime: 'node' })).toBe(1);
  expect(said).toMatch(/^Failed: /);
});

describe('what is wrong is said before anything runs', () => {
  test.each([
    ['float64', { x: dump(new Float64Array(WIDTH), [1, WIDTH]) }, 'holds float64; of '],
    ['of another name', { y: dump(new Float32Array(WIDTH), [1, WIDTH]) }, 'has no array x; of '],
    ['of another shape', { x: dump(new Float32Array(6), [1, 6]) }, 'holds an array of shape [1,6]; of '],
  ])('an input %s', async (_, arrays, fault) => {
    const path = writeModel('chain.onnx');
    const input = writeInputs('wrong.npz', arrays);
    await expect(checkCommand(path, { runtime: 'node', input })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(`--input ${input} ${fault}`),
    });
  });

  test.each([
    [
      'a file that is no model',
      ['inspect', 'text.txt'],
      'normlayers: text.txt: the bytes are no ONNX model: ',
    ],
    ['no such file', ['check', 'none.onnx'], 'normlayers: none.onnx: there is no such file.\n'],
    [
      'a folder that is not there',
      ['mend', 'text.txt', '--out', 'no/m.onnx'],
      'normlayers: --out no/m.onnx cannot be written: ',
    ],
    ['a size without a name', ['check', 'text.txt', '--size', '3'], 'normlayers: --size 3: expected '],
  ])('%s', async (_, args, fault) => {
    writeFileSync(at('text.txt'), 'no model');
    const { status, stderr } = await normlayersIn(folder, ['model', ...args]);
    expect(stderr.startsWith(fault), stderr).toBe(true);
    expect(status).toBe(2);
  });
});

test('tensors on their way to a page and back', () => {
  const tensors = {
    a: { type: 'float32', dims: [2], data: Float32Array.of(1.5, -0) },
    b: { type: 'int64', dims: [], data: BigInt64Array.of(-(2n ** 60n)) },
    c: { type: 'float16', dims: [1, 3], data: Uint16Array.of(1, 0x7c00, 0xffff) },
    d: { type: 'bool', dims: [0], data: new Uint8Array() },
  };
  expect(tensorsOfText(JSON.parse(JSON.stringify(textOfTensors(tensors))))).toEqual(tensors);
});

if (FULL)
  test('in Chromium both builds of WebGPU are judged: far from 0 they are wrong, and right when mended', {
    timeout: SLOW,
  }, async () => {
    const path = writeModel('far.onnx', { offset: 1000, chain: false });
    const size = { n: 64 };
    const check = (...args: string[]) =>
      built('model', 'check', ...args, '--runtime', 'chromium', '--size', 'n=64');
    expect(check(path, '--json', at('far.json')).status).toBe(1);
    const { grades } = json('far.json').norms[0].measured;
    expect(grades).toMatchObject({
      wasm: expect.not.stringMatching('wrong'),
      'webgpu:jsep': 'wrong',
      'webgpu:native': 'wrong',
    });
    const out = at('near.onnx');
    expect(await mendCommand(path, { for: 'webgpu', out, size })).toBe(0);
    expect(check(out).status).toBe(0);
  });

if (FULL && process.platform === 'linux')
  test('killing the browser in mid-check: another does its work again, and that is told', {
    timeout: SLOW,
  }, async () => {
    const path = writeModel('killed.onnx', { offset: 1000, chain: false });
    const args = ['model', 'check', path, '--runtime', 'chromium', '--size', 'n=64'];
    const child = spawn(process.execPath, [command, ...args], { cwd: folder });
    onTestFinished(() => killFamily(child));
    const ending = once(child, 'close');
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (chunk) => {
        said[stream] += chunk;
      });
    }
    const browser = await vi.waitUntil(
      () => {
        const members = descendantsOf(child.pid as number);
        return members.some((member) => isRenderer(member) && member.cpu > 0.3) && members.find(isBrowser);
      },
      { timeout: SLOW / 2, interval: 50 },
    );
    process.kill(browser.pid, 'SIGKILL');
    expect(await ending).toEqual([1, null]);
    expect(said.stderr).toBe('');
    expect(said.stdout).toMatch(
      /^the browser ended in mid-run, while webgpu:\w+ ran the model\. Another did that again\.$/m,
    );
    expect(said.stdout).toContain('norms are wrong, on webgpu:jsep, webgpu:native.');
  });

if (FULL)
  test('the recipe for gibberish on WebGPU, as the docs have it', { timeout: SLOW }, () => {
    const page = readFileSync(new URL('../../../apps/docs/guide/models.md', import.meta.url), 'utf8');
    const lines = [...page.matchAll(/^npx normlayers (model .*)$/gm)].map(([, line]) => line!.split(' '));
    expect(lines).toHaveLength(3);
    writeModel('model.onnx', { offset: 1000, chain: false });
    expect(lines.map((args) => built(...args).status)).toEqual([1, 0, 0]);
  });
