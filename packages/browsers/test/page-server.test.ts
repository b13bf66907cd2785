import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PageServer, servePage } from '../src/index';

const pageFolder = mkdtempSync(join(tmpdir(), 'normlayers-page-server-'));
let server: PageServer;

beforeAll(async () => {
  writeFileSync(join(pageFolder, 'index.html'), '<!doctype html>');
  server = await servePage({ pageFolder });
});

afterAll(async () => {
  await server.close();
  rmSync(pageFolder, { recursive: true });
});

const at = (path: string) => `http://127.0.0.1:${server.port}${path}`;
test('the server serves what it should, isolated, and no more', async () => {
  const kinds: Record<string, string> = {
    '/': 'text/html',
    '/frameworks/onnxruntime-web/ort-wasm-simd-threaded.mjs': 'text/javascript',
    '/frameworks/onnxruntime-web/ort-wasm-simd-threaded.wasm': 'application/wasm',
    '/frameworks/tfjs/tf.min.js': 'text/javascript',
    '/frameworks/tfjs-backend-wasm/tfjs-backend-wasm-simd.wasm': 'application/wasm',
    '/frameworks/tfjs-backend-webgpu/tf-backend-webgpu.min.js': 'text/javascript',
  };
  for (const [path, kind] of Object.entries(kinds)) {
    const { status, headers } = await fetch(at(path));
    expect([path, status]).toEqual([path, 200]);
    expect(headers.get('content-type')).toContain(kind);
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  }
  for (const path of ['/nowhere', '/documents/vectors', '/frameworks/tfjs/%2e%2e/package.json']) {
    expect([path, (await fetch(at(path))).status]).toEqual([path, 404]);
  }
});

test('orders are given one after another until nothing is left; messages come in order', async () => {
  const orders = [{ first: 1 }, { second: 2 }, null];
  const heard: unknown[] = [];
  const stop = server.subscribe(
    'run',
    (messages) => heard.push(...messages),
    () => orders.shift(),
  );
  const post = (...messages: number[]) =>
    fetch(at('/messages/run'), { method: 'POST', body: JSON.stringify(messages) });
  expect(await (await fetch(at('/orders/run'))).json()).toEqual({ first: 1 });
  expect((await post(1, 2)).status).toBe(204);
  expect(await (await fetch(at('/orders/run'))).json()).toEqual({ second: 2 });
  expect((await post(3)).status).toBe(204);
  expect((await fetch(at('/orders/run'))).status).toBe(204);
  expect(heard).toEqual([1, 2, 3]);
  stop();
  expect((await post(4)).status).toBe(410);
  expect((await fetch(at('/orders/run'))).status).toBe(410);
});
