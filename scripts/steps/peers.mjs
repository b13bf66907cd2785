// The oldest and the newest versions of the frameworks that the packages' peer ranges take, each installed by npm into a folder
// of its own and held to the suite in Node: a range says what is tested here. Part of `npm run test:full` alone.
// node scripts/steps/peers.mjs [FRAMEWORK@VERSION]...
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../workspace.mjs';
import { reportChecks } from './report.mjs';

/** Versions by framework: the oldest of each range, a step between, and the newest that there is. */
const VERSIONS = {
  'onnxruntime-web': ['1.19.2', '1.20.1', 'latest'],
  '@tensorflow/tfjs': ['3.21.0', '4.0.0', 'latest'],
};

/** What is installed with a framework at the same version. */
const BESIDE = { '@tensorflow/tfjs': ['@tensorflow/tfjs-backend-wasm'] };

const asked = process.argv.slice(2);
const chosen = Object.entries(VERSIONS)
  .flatMap(([name, versions]) => versions.map((version) => ({ name, version })))
  .filter(({ name, version }) => asked.length === 0 || asked.includes(`${name}@${version}`));

const folder = mkdtempSync(join(tmpdir(), 'normlayers-peers-'));
try {
  await reportChecks(join(root, 'reports', 'peers.json'), checks());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function* checks() {
  for (const { name, version } of chosen) {
    try {
      const { installed, adapters } = suiteOn(name, version);
      for (const { adapter, passed, total, failures } of adapters) {
        yield [`${name} ${installed}: ${adapter}, ${passed} of ${total} cases`, failures];
      }
    } catch (error) {
      yield [`${name} ${version}`, `${error.stderr || error.message}`.trim().split('\n').slice(0, 20)];
    }
  }
}

/** Installs a version, and runs the suite in a process that finds it and no other. */
function suiteOn(name, version) {
  const room = join(folder, `${name}@${version}`.replaceAll('/', '+'));
  mkdirSync(room);
  writeFileSync(join(room, 'package.json'), '{ "private": true, "type": "module" }');
  const wanted = [name, ...(BESIDE[name] ?? [])].map((one) => `${one}@${version}`);
  const npm = [
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--legacy-peer-deps',
  ];
  execFileSync('npm', [...npm, ...wanted], { cwd: room, stdio: 'pipe' });
  const installed = JSON.parse(
    readFileSync(join(room, 'node_modules', name, 'package.json'), 'utf8'),
  ).version;
  cpSync(join(root, 'scripts', 'steps', 'peers', 'suite.mjs'), join(room, 'suite.mjs'));
  const packages = pathToFileURL(join(root, 'packages')).href;
  const output = execFileSync(process.execPath, ['suite.mjs', name, packages], {
    ...{ cwd: room, encoding: 'utf8', stdio: 'pipe', maxBuffer: 2 ** 26 },
  });
  return { installed, adapters: JSON.parse(output.slice(output.lastIndexOf('\n[') + 1)) };
}
