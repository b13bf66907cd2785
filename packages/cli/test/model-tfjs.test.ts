import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TfjsArtifacts, tfjsFiles } from '@normlayers/model/tfjs';
import { FULL, SLOW } from '@normlayers/testing/full-run';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checkCommand } from '../src/commands/model/check';
import { inspectCommand } from '../src/commands/model/inspect';
import { mendCommand } from '../src/commands/model/mend';

const command = fileURLToPath(new URL('../dist/normlayers.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'normlayers-tfjs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);
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

function write(name: string, artifacts: TfjsArtifacts): string {
  mkdirSync(at(name), { recursive: true });
  for (const [file, bytes] of Object.entries(tfjsFiles(artifacts))) writeFileSync(at(name, file), bytes);
  return at(name, 'model.json');
}

/** A convolution and its Batch Norm. */
async function layersModel(name: string): Promise<string> {
  await tf.setBackend('cpu');
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 2] }),
      tf.layers.batchNormalization({ movingMeanInitializer: 'ones', gammaInitializer: 'randomUniform' }),
    ],
  });
  let saved: TfjsArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts as TfjsArtifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return write(name, saved);
}

/** x [1, 8], an offset, and Layer Norm by E[x^2] - E[x]^2. */
function graphModel(name: string, offset: number): string {
  const keep = { keep_dims: { b: true } };
  const size = [{ size: '1' }, { size: '8' }];
  const nodes: [string, string, string[], object?][] = [
    ['x', 'Placeholder', [], { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: size } } }],
    ['offset', 'Const', []],
    ['axes', 'Const', []],
    ['epsilon', 'Const', []],
    ['far', 'AddV2', ['x', 'offset']],
    ['mean', 'Mean', ['far', 'axes'], keep],
    ['square', 'Square', ['far']],
    ['mean_square', 'Mean', ['square', 'axes'], keep],
    ['square_mean', 'Square', ['mean']],
    ['variance', 'Sub', ['mean_square', 'square_mean']],
    ['shifted', 'AddV2', ['variance', 'epsilon']],
    ['inverse', 'Rsqrt', ['shifted']],
    ['centred', 'Sub', ['far', 'mean']],
    ['y', 'Mul', ['centred', 'inverse']],
  ];
  const numbers = new ArrayBuffer(12);
  new Float32Array(numbers).set([offset, 0, 1e-3]);
  new Int32Array(numbers)[1] = -1;
  return write(name, {
    format: 'graph-model',
    modelTopology: {
      node: nodes.map(([own, op, input, attr = {}]) => ({ name: own, op, input, attr })),
      versions: { producer: 1 },
    },
    weightSpecs: [
      { name: 'offset', shape: [], dtype: 'float32' },
      { name: 'axes', shape: [1], dtype: 'int32' },
      { name: 'epsilon', shape: [], dtype: 'float32' },
    ],
    weightData: numbers,
  });
}

test('a layers model: inspected, mended, written with its shards, checked', async () => {
  const path = await layersModel('layers');
  const out = at('mended.json');
  expect(inspectCommand(path, { for: 'any' })).toBe(0);
  expect(said).toContain(
    `1 Batch Norm; 1 can be mended. Next: normlayers model mend ${path} --out mended.json\n`,
  );
  said = '';
  expect(await checkCommand(path, { runtime: 'node', json: at('check.json') })).toBe(0);
  expect(said).toMatch(/^norm +is +grade +digits wasm +digits cpu /);
  const { format, norms } = json('check.json');
  expect([format, Object.keys(norms[0].measured.digits)]).toEqual(['tfjs-layers', ['wasm', 'cpu']]);
  expect(norms[0].measured.digits.cpu).toBeGreaterThan(5);
  said = '';
  expect(await mendCommand(path, { for: 'any', out, json: at('mend.json') })).toBe(0);
  expect(said).toMatch(
    /^Mended: 1 folded into a layer; \d\.\d digits of every output agree with the original\. Written: /,
  );
  expect(json('mend.json')).toMatchObject({
    changes: [{ kind: 'fold' }],
    difference: { right: true },
    norms: [],
  });
  expect(json('mended.json').weightsManifest[0].paths).toEqual(['mended-shard1of1.bin']);
  said = '';
  // What stands there is its own, and may be written again.
  expect(await mendCommand(out, { for: 'any', out })).toBe(0);
  expect(said).toMatch(/^Nothing to mend\. Written: /);
  expect(await checkCommand(out, { runtime: 'node' })).toBe(0);
});

test('a graph model far from 0: wrong, mended for our operators, right', async () => {
  const path = graphModel('graph', 3000);
  expect(await checkCommand(path, { runtime: 'node' })).toBe(1);
  expect(said).toMatch(
    /^y +Layer Norm +wrong .* far from 0, and not centred: mend --for normlayers makes it one operator$/m,
  );
  expect(said).toContain(`Next: normlayers model mend ${path} --out mended.json --for normlayers\n`);
  said = '';
  const out = at('fused.json');
  // What was wrong is not said again: the outputs differ, and only where the original was right is that proof.
  expect(await mendCommand(path, { for: 'normlayers', out })).toBe(1);
  expect(said).toMatch(/^Failed: its outputs differ: \d\.\d digits agree\. Nothing is written\.$/m);
  expect(readdirSync(folder).filter((name) => name.startsWith('fused'))).toEqual([]);
});

test('a graph model near 0 is mended for our operators, and checked', async () => {
  const path = graphModel('near', 0.5);
  const out = at('near.json');
  expect(await mendCommand(path, { for: 'normlayers', out })).toBe(0);
  expect(said).toMatch(/^Mended: 1 became one operator; /);
  said = '';
  expect(await checkCommand(out, { runtime: 'node' })).toBe(0);
  expect(said).toMatch(/Passed: none of 1 norms is wrong\.\n$/);
});

test('all or nothing: where a shard cannot be written the model is not', async () => {
  const path = await layersModel('again');
  writeFileSync(at('taken-shard1of1.bin'), 'of another model');
  await expect(mendCommand(path, { for: 'any', out: at('taken.json') })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('taken-shard1of1.bin is there, and not of it'),
  });
  // What stands under the name of a part is somebody else's.
  const part = `blocked.json.${process.pid}.part`;
  writeFileSync(at(part), 'of another command');
  await expect(mendCommand(path, { for: 'any', out: at('blocked.json') })).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('EEXIST'),
  });
  expect(readFileSync(at(part), 'utf8')).toBe('of another command');
  rmSync(at(part));
  expect(readdirSync(folder).filter((name) => /^(taken.*json|blocked)/.test(name))).toEqual([]);
});

test('what is wrong is said before anything runs', async () => {
  const path = await layersModel('wrong');
  await expect(mendCommand(path, { for: 'webgpu', out: at('no.json') })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('target is webgpu; expected one of any, normlayers'),
  });
  await expect(mendCommand(path, { for: 'any', out: at('no.onnx') })).rejects.toMatchObject({ exitCode: 2 });
  await expect(checkCommand(path, { runtime: 'firefox' })).rejects.toMatchObject({ exitCode: 2 });
  rmSync(at('wrong', 'group1-shard1of1.bin'));
  const { status, stderr } = spawnSync(process.execPath, [command, 'model', 'check', path], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([
    2,
    `normlayers: ${path}: model.json names group1-shard1of1.bin, which is not there.\n`,
  ]);
});

if (FULL)
  test(
    'in Chromium the backends on a GPU are judged too: a chain far from 0 is wrong, our operator right',
    async () => {
      const providers = ['wasm', 'cpu', 'webgl', 'webgpu'];
      const check = (path: string) => {
        const args = ['model', 'check', path, '--runtime', 'chromium', '--json', at('gpu.json')];
        const { status, stderr } = spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });
        return { status, stderr, grades: json('gpu.json').norms[0].measured.grades };
      };
      const wrong = Object.fromEntries(providers.map((name) => [name, 'wrong']));
      expect(check(graphModel('gpu-far', 3000))).toEqual({ status: 1, stderr: '', grades: wrong });
      const out = at('gpu-mended.json');
      expect(await mendCommand(graphModel('gpu-near', 0.5), { for: 'normlayers', out })).toBe(0);
      const right = Object.fromEntries(providers.map((name) => [name, 'accurate']));
      expect(check(out)).toEqual({ status: 0, stderr: '', grades: right });
      expect(check(await layersModel('gpu-layers'))).toMatchObject({ status: 0, stderr: '' });
    },
    SLOW,
  );
