/**
 * Real TensorFlow.js models on tfjs/wasm, one thread: as they are, with fast normalization, and mended. Rounds take turns,
 * warm; a time is the median of the processor's time, which others on the machine disturb less than the clock's, and is
 * done when the result can be read.
 *
 *     npm run measure-tfjs-models [-- ROUNDS [TEXT]]      writes TFJS-MODELS.md
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { useFastNormalization, useNormOperators } from '@normlayers/tfjs';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import {
  inspect,
  type ModelTensors,
  mend,
  randomInputs,
  type TfjsArtifacts,
  tfjsRunner,
  verify,
} from '../src/tfjs';
import { farthest, inFloat64 } from '../test/float64-layers';
import { MOBILE_NET, REAL_MODELS } from '../test/real-tfjs-models';

const rounds = Number(process.argv[2] ?? 15);
const text = process.argv[3] ?? '';
const package_ = createRequire(join(process.cwd(), 'package.json')).resolve(
  '@tensorflow/tfjs-backend-wasm/package.json',
);
setWasmPaths(join(dirname(package_), 'dist') + sep);
await tf.setBackend('wasm');
await tf.ready();
await useNormOperators(tf);

/** Loads a model once, and gives what runs it once. */
async function asker(artifacts: TfjsArtifacts, inputs: ModelTensors): Promise<() => Promise<void>> {
  const handler = { load: async () => artifacts } as tf.io.IOHandler;
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { type, data, dims }]) => [
      name,
      tf.tensor(data as never, [...dims], type as 'float32'),
    ]),
  );
  const read = async (results: tf.Tensor | tf.Tensor[]) => {
    for (const tensor of [results].flat()) await tensor.data();
    tf.dispose(results);
  };
  if (!('node' in (artifacts.modelTopology ?? {}))) {
    const model = await tf.loadLayersModel(handler);
    return async () => read(model.predict(Object.values(tensors)) as tf.Tensor);
  }
  const model = await tf.loadGraphModel(handler);
  const isStatic = await (async () => model.execute(tensors))().then(
    (results) => read(results).then(() => true),
    () => false,
  );
  return async () =>
    read((isStatic ? model.execute(tensors) : await model.executeAsync(tensors)) as tf.Tensor);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** How far MobileNetV2 is from what float64 gives, as it is and mended. */
async function fromFloat64(): Promise<string[]> {
  const original = REAL_MODELS[MOBILE_NET]!.artifacts();
  const { artifacts: mended } = mend(original);
  const run = tfjsRunner(tf);
  const rows: string[] = [];
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const inputs = randomInputs(original, { seed });
    const truth = inFloat64(original, inputs);
    const [asIs, after] = [await run(original, inputs), await run(mended, inputs)];
    const between = farthest(after, Float64Array.from(Object.values(asIs)[0]!.data as Float32Array));
    const rounded = farthest({ y: { type: 'float64', dims: [], data: inFloat64(mended, inputs) } }, truth);
    const cells = [farthest(asIs, truth), farthest(after, truth), rounded, between];
    rows.push(`| ${[seed, ...cells.map((one) => one.toExponential(1))].join(' | ')} |`);
  }
  return [
    `The outputs of ${MOBILE_NET}, probabilities, beside the same model computed in float64 throughout: the largest`,
    'difference on random inputs by seed. The mended model is the nearer one: what the two differ by is what the original rounds.',
    '',
    '| seed | as it is | mended | mended, computed in float64 | mended from as it is |',
    '|---|---|---|---|---|',
    ...rows,
  ];
}

const lines = [
  '# Real TensorFlow.js models',
  '',
  `Found by \`inspect\`, mended by \`mend(artifacts, { target: 'normlayers' })\`, run on tfjs/wasm ${tf.version['tfjs-core']} in Node, one`,
  `thread: medians of ${rounds} rounds in turns, in ms of processor time. Digits are those on which the outputs of the model and the mended model agree,`,
  'on the same random input. Made by `npm run measure-tfjs-models` in this folder.',
  '',
  '| model | found | mended | digits | as it is | `useFastNormalization` | mended | mended / as it is | fast / as it is |',
  '|---|---|---|---|---|---|---|---|---|',
];

for (const [name, { artifacts, inputs: given }] of Object.entries(REAL_MODELS)) {
  if (!name.includes(text)) continue;
  const original = artifacts();
  const { norms } = inspect(original, { target: 'normlayers' });
  const mended = mend(original, { target: 'normlayers' });
  const inputs = given ?? randomInputs(original);
  const { digits } = await verify({ original, mended: mended.artifacts, run: tfjsRunner(tf), inputs });
  const asIs = await asker(original, inputs);
  const folded = await asker(mended.artifacts, inputs);
  const times: Record<'asIs' | 'fast' | 'mended', number[]> = { asIs: [], fast: [], mended: [] };
  for (let round = -3; round < rounds; round++) {
    for (const side of ['asIs', 'fast', 'mended'] as const) {
      const fast = side === 'fast' ? await useFastNormalization(tf) : null;
      const start = process.cpuUsage();
      await (side === 'mended' ? folded : asIs)();
      const { user, system } = process.cpuUsage(start);
      const time = (user + system) / 1000;
      fast?.undo();
      if (round >= 0) times[side].push(time);
    }
  }
  const counts = new Map<string, number>();
  for (const { op } of norms) counts.set(op, (counts.get(op) ?? 0) + 1);
  const found = [...counts].map(([op, count]) => `${count} ${op}`).join(', ') || 'none';
  const [before, fast, after] = [times.asIs, times.fast, times.mended].map(median) as [
    number,
    number,
    number,
  ];
  const ratio = (one: number) => (one / before).toFixed(2);
  lines.push(
    `| ${name} | ${found} | ${mended.changes.length} | ${digits.toFixed(1)} | ${before.toFixed(0)} ms | ${fast.toFixed(0)} ms | ${after.toFixed(0)} ms | ${ratio(after)} | ${ratio(fast)} |`,
  );
  console.log(lines.at(-1));
}
lines.push('', ...(await fromFloat64()));
// What follows is measured in a browser, by test/gpu-models.test.ts.
const [, inBrowser = ''] = readFileSync('TFJS-MODELS.md', 'utf8').split(/(?=^## In a browser$)/m);
writeFileSync('TFJS-MODELS.md', `${lines.join('\n')}\n\n${inBrowser}`);
