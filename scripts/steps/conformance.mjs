// Runs the suite as a step: node scripts/steps/conformance.mjs node|chromium|firefox
//
// In the gate, what a browser runs is chosen so that everything is seen once: the code that Node has run over all cases
// runs over a part, to see that it starts and computes there; code that only a browser can run, the GPUs', runs over
// Layer Norm (rows and features) and Batch Norm (channels), the two views that all kernels are written for. With
// NORMLAYERS_FULL=1 everything runs over everything, the frameworks' own operators too: their results are findings,
// and are held against nobody.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { environment, root } from '../setup.mjs';
import { writeReport } from './report.mjs';
import { outsideVectors } from './vectors.mjs';

const full = process.env.NORMLAYERS_FULL === '1';
const runtime = process.argv[2];
const cli = join(root, 'packages', 'cli', 'dist', 'normlayers.js');

const ON_GPU = 'onnxruntime-web/webgpu,onnxruntime-web/webgl,tfjs/webgl,tfjs/webgpu';

/** The runs of a runtime, by the name that their reports get. */
const RUNS = {
  node: { conformance: { gate: ['--adapter', 'ours'], full: [], vectors: true } },
  chromium: {
    'conformance-chromium': {
      gate: ['--adapter', 'ours', '--op', 'layerNorm'],
      full: [],
      vectors: full,
    },
    'conformance-chromium-gpu': { gate: ['--adapter', ON_GPU, '--op', 'batchNorm'], full: null },
  },
  firefox: {
    'conformance-firefox': {
      gate: ['--adapter', 'wasm,onnxruntime-web/wasm,tfjs/wasm', '--op', 'layerNorm,batchNorm'],
      full: ['--adapter', 'ours'],
    },
  },
};

const counts = { passed: 0, failed: 0, failures: [] };
for (const [name, run] of Object.entries(RUNS[runtime])) {
  const chosen = full ? run.full : run.gate;
  if (chosen === null) continue;
  const json = join(root, 'reports', `${name}.json`);
  const { status } = spawnSync(
    process.execPath,
    [
      cli,
      ...['conformance', '--runtime', runtime, '--json', json],
      ...chosen,
      ...(run.vectors && existsSync(outsideVectors) ? ['--vectors', relative(root, outsideVectors)] : []),
    ],
    { cwd: root, env: environment, stdio: 'inherit' },
  );
  count(json, status);
}
writeReport(join(root, 'reports', `conformance-${runtime}-step.json`), counts);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** Adds what a run's report says of our adapters; a run that failed and names no case counts as one failure. */
function count(json, status) {
  const before = counts.failed;
  const adapters = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')).adapters : [];
  for (const { name, totals, cases } of adapters.filter(({ name }) => !name.startsWith('native:'))) {
    counts.passed += totals.passed;
    counts.failed += totals.failed;
    const first = cases.find(({ status }) => status === 'failed');
    if (first) counts.failures.push(`${name}: ${totals.failed} failed; ${first.name}: ${first.message}`);
  }
  if (status === 0 || counts.failed > before) return;
  counts.failed++;
  counts.failures.push(`${runtime}: the command ended with ${status}`);
}
