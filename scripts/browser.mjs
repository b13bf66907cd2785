// Browsers for the tests: those that are installed; Debian's Chromium where there is none and it can be installed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environment, root } from './setup.mjs';

const ENVIRONMENT_LACKS = 3;
const SOFTWARE_VULKAN = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';
const cli = join(root, 'packages', 'cli', 'dist', 'normlayers.js');

const COMMANDS = {
  chromium: [
    process.env.CHROME_PATH,
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
  if (versionOf('chromium') === undefined) install('Chromium', 'chromium');
  if (process.platform === 'linux' && !existsSync(SOFTWARE_VULKAN)) {
    install("Mesa's Vulkan on the CPU, for Deno's WebGPU", 'mesa-vulkan-drivers');
  }
  return `${versionOf('chromium')}; ${versionOf('firefox')}; Vulkan on the CPU: ${existsSync(SOFTWARE_VULKAN)}`;
}

/**
 * Which browsers the command can run here, and whether Deno has a WebGPU device, tried by runs of a few seconds. Says what
 * is missing and how to get it.
 *
 * @returns {{ chromium: boolean, firefox: boolean, deno: boolean }}
 */
export function readyBrowsers() {
  return {
    chromium: tryBrowser('chromium', 'reference'),
    firefox: tryBrowser('firefox', 'reference'),
    deno: tryBrowser('deno', 'webgpu'),
  };
}

function versionOf(runtime) {
  return COMMANDS[runtime]
    .filter((command) => command !== undefined)
    .map((command) => spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 20_000 }).stdout?.trim())
    .find((version) => version);
}

/** Whether the browser starts and runs a page; where not, the command's own sentence says why. */
function tryBrowser(runtime, adapter) {
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...[cli, 'conformance', '--runtime', runtime, '--adapter', adapter],
      ...['--op', 'rmsNorm', '--mode', 'inference', '--part', '1/9', '--quiet'],
    ],
    { encoding: 'utf8', env: environment },
  );
  if (status !== 0) process.stdout.write(stderr);
  // A failed case is no matter of the browser: the conformance run itself will tell.
  return status !== null && status !== ENVIRONMENT_LACKS;
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
