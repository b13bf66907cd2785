// Runs the suite as a step: node scripts/steps/conformance.mjs node|deno|chromium|firefox
//
// In the gate Node runs all cases, and Chromium a part of them, which has every operation, mode and type: what only a browser
// can run is seen in all its kinds, and what Node has run is seen to run there too. Firefox, which is started anew for each
// build of TensorFlow.js's wasm backend, runs the one that is taken by itself. Deno has another
// WebGPU than Chromium, with float16. With
// NORMLAYERS_FULL=1 everything runs over everything, the frameworks' own operators too: their results are findings, and
// are held against nobody.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { environment, root } from '../setup.mjs';
import { writeReport } from './report.mjs';
import { outsideVectors } from './vectors.mjs';

/** Where kernels are the default: tens of dispatches a call, of graphs that WebGL runs too. */
const GRAPHS = 'onnxruntime-web/webgpu:jsep:graph,onnxruntime-web/webgpu:native:graph';

const RUNS = {
  node: { report: 'conformance', gate: ['--adapter', 'ours'], vectors: true },
  deno: { report: 'conformance-deno', gate: ['--part', '1/6'], always: ['--adapter', 'webgpu'] },
  chromium: {
    report: 'conformance-chromium',
    gate: ['--adapter', 'ours', '--part', '1/32', '--without', GRAPHS],
  },
  firefox: {
    report: 'conformance-firefox',
    gate: [
      ...['--adapter', 'wasm,wasm-threads,onnxruntime-web/wasm,tfjs/wasm', '--part', '1/6'],
      ...['--without', 'tfjs/wasm:plain,tfjs/wasm:threads'],
    ],
  },
};

const full = process.env.NORMLAYERS_FULL === '1';
const runtime = process.argv[2];
const { report, gate, vectors = full, always = [] } = RUNS[runtime];
const json = join(root, 'reports', `${report}.json`);

const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'packages', 'cli', 'dist', 'normlayers.js'),
    ...['conformance', '--runtime', runtime, '--json', json],
    ...always,
    ...(full ? [] : gate),
    ...(vectors && existsSync(outsideVectors) ? ['--vectors', relative(root, outsideVectors)] : []),
  ],
  { cwd: root, env: environment, stdio: 'inherit' },
);
const { passed, failed, failures } = countsOf(
  existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')).adapters : [],
);
writeReport(join(root, 'reports', `conformance-${runtime}-step.json`), { passed, failed, failures });
process.exitCode = status ?? 1;

/** Of our adapters the cases that are accurate and those that are not, with the first of these for each. */
function countsOf(adapters) {
  const counts = { passed: 0, failed: 0, failures: [] };
  for (const { name, cases } of adapters.filter(({ kind }) => kind === 'ours')) {
    const run = cases.filter(({ grade }) => grade !== 'unsupported');
    const short = run.filter(({ grade }) => grade !== 'accurate');
    counts.passed += run.length - short.length;
    counts.failed += short.length;
    if (short.length > 0) {
      const [first] = short;
      counts.failures.push(
        `${name}: ${short.length} not accurate; ${first.name} is ${first.grade}: ${first.message}`,
      );
    }
  }
  return counts;
}
