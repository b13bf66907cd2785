// Browsers for the tests: those that are installed; Debian's Chromium where there is none and it can be installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { environment, root } from './setup.mjs';

const ENVIRONMENT_LACKS = 3;
const SOFTWARE_VULKAN = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';
const cli = join(root, 'packages', 'cli', 'dist', 'normlayers.js');

/**
 * Chromium without its windows: the same engines, and it starts with a page in 2 s of CPU, not 6. `npm test` starts some
 * fifty.
 */
const HEADLESS_SHELL = 'chromium-headless-shell';

const COMMANDS = {
  chromium: [
    process.env.CHROME_PATH,
    HEADLESS_SHELL,
    'google-chrome-stable',
    'google-chrome',
    'chromium',
    'chromium-browser',
  ],
  firefox: [process.env.FIREFOX_PATH, 'firefox-esr', 'firefox'],
};

/**
 * The versions of the browsers found here: what a test gave in one version, it need not give in another. That one is
 * named does not say that it starts. Chromium, and a Vulkan driver, are installed where there are none and this may.
 *
 * @returns {string}
 */
export function browserVersions() {
  if (versionOf('chromium') === undefined) install('Chromium', HEADLESS_SHELL);
  // Ubuntu and older Debians have no such package.
  if (versionOf('chromium') === undefined) install('Chromium', 'chromium');
  if (process.platform === 'linux' && !existsSync(SOFTWARE_VULKAN)) {
    install("Mesa's Vulkan on the CPU, for Deno's WebGPU", 'mesa-vulkan-drivers');
  }
  return `${versionOf('chromium')}; ${versionOf('firefox')}; Vulkan on the CPU: ${existsSync(SOFTWARE_VULKAN)}`;
}

/** The Chromium that the tests start, where it is another than the command finds: the headless shell. */
export function chromiumToTest() {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH;
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, HEADLESS_SHELL))
    .find((path) => existsSync(path));
}

/**
 * Whether the command can run in a browser here, or Deno has a WebGPU device, tried by a run of one case. Says what is missing
 * and how to get it.
 *
 * @param {'chromium' | 'firefox' | 'deno'} runtime
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<boolean>}
 */
export function isReady(runtime, env) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [
        ...[
          cli,
          'conformance',
          '--runtime',
          runtime,
          '--adapter',
          runtime === 'deno' ? 'webgpu' : 'reference',
        ],
        ...['--case', 'rmsNorm inference float32 offset 10000', '--quiet'],
      ],
      { env, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.on('error', () => resolve(false));
    child.on('close', (status) => {
      if (status !== 0) process.stdout.write(said);
      // A failed case is no matter of the browser: the conformance run itself will tell.
      resolve(status !== null && status !== ENVIRONMENT_LACKS);
    });
  });
}

function versionOf(runtime) {
  return COMMANDS[runtime]
    .filter((command) => command !== undefined)
    .map((command) => spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 20_000 }).stdout?.trim())
    .find((version) => version);
}

/** On Debian and its kin, as root. Anywhere else the command's sentence will say what to install. */
function install(what, debianPackage) {
  const asRoot = process.getuid?.() === 0;
  if (!asRoot || spawnSync('apt-get', ['--version']).status !== 0) return;
  console.log(`Installing ${what} by apt-get (first run only; about a minute) ...`);
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['update', '--quiet=2'], options);
  spawnSync('apt-get', ['install', '--yes', '--quiet=2', '--no-install-recommends', debianPackage], options);
}
