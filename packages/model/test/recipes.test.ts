import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import examples from 'virtual:doc-examples';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspect } from '../src/index';
import { difference, randomFrom, randomTensor } from './numbers';
import { OnnxBuilder } from './onnx-builder';
import { run } from './runtime';
import { spell } from './spellings';

/** A tiny model, where Transformers.js looks for the one of a repository. */
function tinyModel(): Uint8Array {
  const b = new OnnxBuilder();
  b.input('x', 'float32', [2, 4]);
  const gamma = b.constant([1, 2, 3, 4]);
  b.output(spell(b, {}, { opset: 17, x: 'x', rank: 2, axes: [1], gamma, beta: gamma }));
  return b.model(17);
}

const model = tinyModel();
const asked: string[] = [];
let server: Server;
let hub = '';
beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    asked.push(url);
    if (url.endsWith('/onnx/model.onnx')) response.end(model);
    else if (url.endsWith('/config.json')) response.end('{"model_type":"tiny"}');
    else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

/** How Transformers.js (3.8, `src/utils/hub.js`) gets a file: from its cache by path and address, else by fetch, to be kept. */
async function fileOf(cache: Pick<Cache, 'match' | 'put'>, name: string): Promise<Uint8Array | null> {
  const address = `${hub}/own/tiny/resolve/main/${name}`;
  let response = (await cache.match(`/models/own/tiny/${name}`)) ?? (await cache.match(address));
  if (response === undefined) {
    response = await fetch(address);
    if (response.status !== 200) return null;
    await cache.put(address, response.clone());
  }
  return new Uint8Array(await response.arrayBuffer());
}

test('the cache of the recipe hands Transformers.js mended models, and fetches each file once', async () => {
  const kept = new Map<string, Response>();
  const store = {
    match: async (key: string) => kept.get(key)?.clone(),
    put: async (key: string, response: Response) => void kept.set(key, response),
  };
  const [recipe] = Object.entries(examples).filter(([name]) => /^models-md-4/.test(name));
  const { mendingCache } = (await recipe![1]()) as unknown as {
    mendingCache(own: typeof store): Pick<Cache, 'match' | 'put'>;
  };
  const cache = mendingCache(store);
  for (let time = 0; time < 2; time++) {
    const bytes = (await fileOf(cache, 'onnx/model.onnx'))!;
    expect(inspect(bytes).norms.map(({ spelling }) => spelling)).toEqual(['LayerNormalization']);
    const feeds = { x: randomTensor([2, 4], randomFrom(5)) };
    const [before, after] = [await run(model, feeds), await run(bytes, feeds)];
    expect(difference(Object.values(before)[0]!, Object.values(after)[0]!)).toBeLessThan(1e-6);
    expect(new TextDecoder().decode((await fileOf(cache, 'config.json'))!)).toContain('tiny');
  }
  expect(asked).toEqual(['/own/tiny/resolve/main/onnx/model.onnx', '/own/tiny/resolve/main/config.json']);
  expect(await fileOf(cache, 'onnx/model_q4.onnx')).toBeNull();
});
