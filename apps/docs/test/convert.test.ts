import { fileURLToPath } from 'node:url';
import type { ElementHandle } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSite, type Site, showAllWidgets, textOf } from './site';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

test('PyTorch to Keras: momentum turned, epsilon spelt out, outputs equal', async () => {
  const { page, complaints } = await site.open('convert.html');
  await showAllWidgets(page);
  await page.waitForSelector('[data-test=result]');
  const result = JSON.parse(await textOf(page, '[data-test=result]'));
  expect(result).toEqual({
    gamma: [1.5, 0.8, 1.1],
    beta: [0.1, -0.2, 0],
    moving_mean: [12, -3, 0.5],
    moving_variance: [4, 0.25, 0.001],
    epsilon: 1e-5,
    momentum: 0.9,
  });
  expect(Number(await page.$eval('[data-test=agreement]', (p) => p.getAttribute('data-largest')))).toBe(0);
  // 5 values a step: Keras stores the variance over n, 4/5 of PyTorch's.
  await page.type('[data-test=elements]', '5');
  await page.waitForSelector('[data-change=variance]');
  const { moving_variance: variance } = JSON.parse(await textOf(page, '[data-test=result]'));
  expect(variance).toEqual([3.2, 0.2, 0.0008].map((expected) => expect.closeTo(expected, 9)));
  expect(complaints).toEqual([]);
  site.leave(page);
});

test('every framework has its example, and each agrees with its conversion', async () => {
  const { page, complaints } = await site.open('convert.html');
  await showAllWidgets(page);
  for (const [name, shown] of Object.entries({
    keras: 'Keras',
    tfjs: 'Keras',
    onnx: 'ONNX',
    flax: 'Flax',
    pytorch: 'PyTorch',
  })) {
    await page.click(`[data-example=${name}]`);
    expect(await textOf(page, '[data-test=from]'), name).toContain(shown);
    expect(Number(await page.$eval('[data-test=agreement]', (p) => p.getAttribute('data-largest')))).toBe(0);
    expect(await page.$$eval('[data-change]', (changes) => changes.length), name).toBeGreaterThan(0);
  }
  expect(complaints).toEqual([]);
  site.leave(page);
});

test('an .npz of Keras to PyTorch, in Chinese', async () => {
  const { page } = await site.open('zh/convert.html?to=pytorch');
  await showAllWidgets(page);
  await page.waitForSelector('[data-test=file]');
  const file = (await page.$('[data-test=file]')) as ElementHandle<HTMLInputElement>;
  await file.uploadFile(fileURLToPath(new URL('fixtures/keras-layer.npz', import.meta.url)));
  await page.waitForFunction(() =>
    document.querySelector('[data-test=from]')?.textContent?.includes('Keras'),
  );
  const result = JSON.parse(await textOf(page, '[data-test=result]'));
  expect(result).toMatchObject({ weight: [1, 2], running_var: [4, 0.25], epsilon: 0.001, momentum: 0.01 });
  expect(await textOf(page, '[data-change=momentum]')).toContain('加权的对象相反');
  site.leave(page);
});
