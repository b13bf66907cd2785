import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { lacksGpu } from '@normlayers/browsers';
import { EXIT } from '../command-error';
import { findDeno } from './find-deno';

/** Mesa's Vulkan on the CPU, as Debian installs it. */
const LLVMPIPE = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';

/**
 * Runs this command once more, in Deno, which has WebGPU; gives its exit code.
 *
 * @param software whether its WebGPU computes on the CPU. Default: where this machine has no GPU.
 * @throws CommandError `environment` where there is no Deno.
 */
export async function runInDeno(software: boolean = lacksGpu()): Promise<number> {
  const [program, ...before] = findDeno();
  const flags = [
    'run',
    '--allow-all',
    '--quiet',
    '--unstable-webgpu',
    '--node-modules-dir=manual',
    '--no-lock',
  ];
  const command = fileURLToPath(new URL('./normlayers.js', import.meta.url));
  const child = spawn(program, [...before, ...flags, command, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ...(software ? softwareVulkan() : {}) },
  });
  // Ctrl-C reaches both; what only this process is sent goes on to the other, which ends in its own way.
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  const ignore = () => {};
  process.on('SIGINT', ignore).on('SIGTERM', pass).on('SIGHUP', pass);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) =>
        resolve(code ?? (signal === null ? EXIT.environment : 128 + constants.signals[signal])),
      );
    });
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', pass).off('SIGHUP', pass);
  }
}

/** The variables that make a Vulkan loader take the CPU's driver. It asks for a folder of the user's, and warns without. */
function softwareVulkan(): Readonly<Record<string, string>> {
  if (!existsSync(LLVMPIPE)) return {};
  return { VK_ICD_FILENAMES: LLVMPIPE, XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir() };
}
