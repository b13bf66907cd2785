// What a machine's GPU does with the kernels, in one command of under 5 minutes: npm run measure-gpu -- [chromium|deno]
//
// The suite on `webgpu`, then a ladder of sizes, every call beside a kernel that only copies x (`gpu-copy`). Writes one
// file, reports/gpu.json: `{ schema: 1, conformance, bench }`, each as the command itself writes it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { environment, root } from './setup.mjs';

/** The largest has 268 MB of x, where a GPU's caches hold nothing of it. */
const LADDER = [
  ['--op', 'layerNorm,rmsNorm', '--shape', '256x768,1024x768,16384x4096,1x65536'],
  ['--op', 'layerNorm', '--mode', 'training,backward', '--shape', '1024x768'],
  ['--op', 'batchNorm', '--mode', 'all', '--shape', '8x64x56x56'],
  ['--op', 'groupNorm', '--shape', '1x32x128x128'],
  ['--op', 'layerNorm', '--dtype', 'float16', '--shape', '1024x768,16384x4096'],
];
const EXIT_FAILED = 1;

/** The exit code: that of the suite, or of the first part that could not be run. */
export function measureGpu([runtime = 'chromium', ...more]) {
  const folder = mkdtempSync(join(tmpdir(), 'normlayers-gpu-'));
  try {
    const suite = run(folder, 'conformance', ['--runtime', runtime, '--adapter', 'webgpu', ...more]);
    if (suite.report === null) return suite.status;
    const parts = LADDER.map((part) =>
      run(folder, 'bench', [
        ...['--runtime', runtime, '--adapter', 'webgpu', '--residency', 'device', '--rounds', '15'],
        ...part,
        ...more,
      ]),
    );
    const failed = parts.find(({ report }) => report === null);
    if (failed !== undefined) return failed.status;
    const bench = {
      ...parts[0].report,
      ...Object.fromEntries(
        ['results', 'skipped', 'unavailable'].map((list) => [
          list,
          parts.flatMap(({ report }) => report[list]),
        ]),
      ),
    };
    const path = join(root, 'reports', 'gpu.json');
    mkdirSync(join(root, 'reports'), { recursive: true });
    writeFileSync(path, `${JSON.stringify({ schema: 1, conformance: suite.report, bench }, null, 1)}\n`);
    console.log(`\nWritten: ${relative(process.cwd(), path)}`);
    return [suite, ...parts].some(({ status }) => status === EXIT_FAILED) ? EXIT_FAILED : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run of the command, and what it wrote; null where it could not be run. */
function run(folder, command, args) {
  const json = join(folder, `${command}.json`);
  rmSync(json, { force: true });
  const cli = join(root, 'packages', 'cli', 'dist', 'normlayers.js');
  const { status } = spawnSync(process.execPath, [cli, command, ...args, '--json', json], {
    stdio: 'inherit',
    env: environment,
  });
  try {
    return { status: status ?? EXIT_FAILED, report: JSON.parse(readFileSync(json, 'utf8')) };
  } catch {
    return { status: status || EXIT_FAILED, report: null };
  }
}
