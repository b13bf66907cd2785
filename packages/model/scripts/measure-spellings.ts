// Writes SPELLINGS.md: what ONNX Runtime's optimizer makes of each spelling of a norm, and what this package makes of it.
// The optimizer is the one in onnxruntime-web; its log says how many nodes are left.
import fs, { writeFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { mend, type Target } from '../src/index';
import { OnnxBuilder } from '../test/onnx-builder';
import { FOLDS, LAYER_NORMS, RMS_NORMS, type Spelling, spell, spellGroupNorm } from '../test/spellings';

const log: string[] = [];
// ONNX Runtime writes its log by fs.writeSync, which it takes hold of when the first session is made.
fs.writeSync = ((...[, line]: unknown[]) => log.push(String(line))) as unknown as typeof fs.writeSync;
const ort = await import('onnxruntime-web');
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'verbose';

type Data = Float32Array;
const random = (() => {
  let state = 1;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
})();

function shapeOf(bytes: Uint8Array): number[] {
  const type = fromBinary(ModelProtoSchema, bytes).graph!.input[0]!.type!.value;
  const dims = type.case === 'tensorType' ? type.value.shape!.dim : [];
  return dims.map(({ value }) => Number(value.value));
}

/** Runs a model; gives its output and how many nodes ran, or what ONNX Runtime says against it. */
async function ran(bytes: Uint8Array, level: 'all' | 'disabled', x: Data) {
  log.length = 0;
  try {
    const session = await ort.InferenceSession.create(bytes.slice(), {
      graphOptimizationLevel: level,
      logSeverityLevel: 0,
    });
    const nodes = Number(/Number of nodes: (\d+)/.exec(log.join('\n'))?.[1]);
    const outputs = await session.run({ x: new ort.Tensor('float32', x, shapeOf(bytes)) });
    await session.release();
    return { nodes, y: Object.values(outputs)[0]!.data as Data };
  } catch (caught) {
    return String((caught as Error).message).split('\n')[0]!;
  }
}

type Ran = Awaited<ReturnType<typeof ran>>;

function differ(a: Ran, b: Ran): boolean {
  if (typeof a === 'string' || typeof b === 'string') return true;
  const largest = Math.max(...a.y.map(Math.abs));
  return a.y.length !== b.y.length || a.y.some((one, i) => !(Math.abs(one - b.y[i]!) <= 1e-5 * largest));
}

interface Row {
  readonly name: string;
  readonly theirs: string;
  readonly ours: string;
  readonly isTheirs: boolean;
  readonly isOurs: boolean;
}

async function rowOf(name: string, bytes: Uint8Array, target: Target): Promise<Row> {
  const size = shapeOf(bytes).reduce((all, one) => all * one, 1);
  const x = Float32Array.from({ length: size }, () => 2 * random() - 1);
  const plain = await ran(bytes, 'disabled', x);
  const theirs = await ran(bytes, 'all', x);
  const mended = mend(bytes, { target });
  const ours = await ran(mended.bytes, 'disabled', x);
  const before = fromBinary(ModelProtoSchema, bytes).graph!.node.length;
  const after = fromBinary(ModelProtoSchema, mended.bytes).graph!.node.length;
  const said = (result: Ran, nodes: number) =>
    typeof result === 'string' ? 'does not load' : differ(plain, result) ? 'wrong' : `${before} -> ${nodes}`;
  const theirNodes = typeof theirs === 'string' ? 0 : theirs.nodes;
  return {
    name,
    theirs: said(theirs, theirNodes),
    ours: said(ours, after),
    isTheirs: theirNodes === 1 && !differ(plain, theirs),
    isOurs: after === 1 && !differ(plain, ours),
  };
}

function norm(spelling: Spelling): Uint8Array {
  const b = new OnnxBuilder();
  b.input('x', 'float32', [4, 8]);
  const parameter = () => b.constant(Array.from({ length: 8 }, () => 0.5 + random()));
  const beta = spelling.centred === false ? null : parameter();
  b.output(
    spell(b, spelling, { opset: 17, x: 'x', rank: 2, axes: [1], gamma: parameter(), beta }),
    'float32',
  );
  return b.model(17);
}

function groupNorm(): Uint8Array {
  const b = new OnnxBuilder();
  const shape = [2, 6, 3, 3];
  b.input('x', 'float32', shape);
  const parameter = () =>
    b.constant(
      Array.from({ length: 6 }, () => 0.5 + random()),
      [6, 1, 1],
    );
  b.output(spellGroupNorm(b, { x: 'x', shape, groups: 2, gamma: parameter(), beta: parameter() }), 'float32');
  return b.model(21, { irVersion: 10n });
}

/** Models that ONNX Runtime's optimizer gets wrong, by issue. */
const WRONG: Readonly<Record<string, () => Uint8Array>> = {
  '#30513: keepdims 0 on a square input'() {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [4, 4]);
    const mean = (value: string) => b.node('ReduceMean', [value], { axes: [-1], keepdims: 0 });
    const c = b.node('Sub', ['x', mean('x')]);
    const v = mean(b.node('Pow', [c, b.constant(2)]));
    const q = b.node('Div', [c, b.node('Sqrt', [b.node('Add', [v, b.constant(1e-5)])])]);
    b.output(b.node('Add', [b.node('Mul', [q, b.constant([1, 2, 3, 4])]), b.constant([1, 2, 3, 4])]));
    return b.model(17);
  },
  '#31147: scale told by rank, x of rank 1'() {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [4]);
    const gamma = b.constant([1, 2, 3, 4]);
    b.output(spell(b, { commuted: true }, { opset: 17, x: 'x', rank: 1, axes: [0], gamma, beta: gamma }));
    return b.model(17);
  },
  '#31980: a scale that enlarges x'() {
    const b = new OnnxBuilder();
    b.input('x', 'float32', [1, 1]);
    const place = { opset: 17, x: 'x', rank: 2, axes: [1], gamma: b.constant([3, 2]), beta: null };
    b.output(spell(b, { centred: false, commuted: true }, place), 'float32', [1, 2]);
    return b.model(17);
  },
};

const sections: [string, Row[]][] = [];
const all = async (entries: [string, Uint8Array][], target: Target) => {
  const rows: Row[] = [];
  for (const [name, bytes] of entries) rows.push(await rowOf(name, bytes, target));
  return rows;
};
const spelt = (spellings: Readonly<Record<string, Spelling>>) =>
  Object.entries(spellings).map(([name, spelling]): [string, Uint8Array] => [name, norm(spelling)]);
sections.push(['Layer Norm', await all(spelt(LAYER_NORMS), 'any')]);
sections.push(['RMS Norm', await all(spelt(RMS_NORMS), 'wasm')]);
sections.push(['Group Norm', await all([['reshape, instance norm, reshape, affine', groupNorm()]], 'any')]);
sections.push([
  'Batch Norm folds: after, or before',
  await all(
    Object.entries(FOLDS).map(([name, { shape, write }]) => {
      const b = new OnnxBuilder();
      b.input('x', 'float32', shape);
      b.output(write(b, 'x', random), 'float32');
      return [name, b.model(17)];
    }),
    'any',
  ),
]);
const wrong = await all(
  Object.entries(WRONG).map(([name, make]) => [name, make()]),
  'wasm',
);

const lines = [
  '# Spellings',
  '',
  `What the optimizer of ONNX Runtime ${ort.env.versions.web} (\`graphOptimizationLevel: 'all'\`, provider \`wasm\`) makes of each`,
  'spelling of a norm, beside `mend`. Numbers are nodes before and after; one is the operator alone, or the layer with the',
  'Batch Norm in it. Every result is run and compared with the model as it was. Made by',
  '`npm run measure-spellings` in this folder.',
];
for (const [title, rows] of sections) {
  const count = (is: (row: Row) => boolean) => `${rows.filter(is).length} of ${rows.length}`;
  lines.push(
    '',
    `| ${title} | ONNX Runtime: ${count((row) => row.isTheirs)} | here: ${count((row) => row.isOurs)} |`,
    '|---|---|---|',
  );
  for (const { name, theirs, ours } of rows) lines.push(`| ${name} | ${theirs} | ${ours} |`);
}
lines.push('', '| What its optimizer gets wrong | ONNX Runtime | here |', '|---|---|---|');
for (const { name, theirs, ours } of wrong) lines.push(`| onnxruntime ${name} | ${theirs} | ${ours} |`);
writeFileSync('SPELLINGS.md', `${lines.join('\n')}\n`);
console.log(lines.join('\n'));
