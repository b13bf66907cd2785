import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromiumPages } from '@normlayers/testing/browser';
import { build } from 'esbuild';
import type { DeviceReport, Order } from './on-device';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Mesa's CPU implementation of Vulkan: Deno's device where there is no GPU. */
const LLVMPIPE = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [at('./on-device.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]!.text;
}

const DENO = at('../../node_modules/.bin/deno');

/** Why Deno has no WebGPU device here; null where it has one. */
export function denoLacks(): string | null {
  const asks = "if (!(await navigator.gpu?.requestAdapter())) throw new Error('WebGPU has no adapter')";
  const { status, stderr, error } = spawnSync(DENO, ['eval', '--unstable-webgpu', asks], {
    encoding: 'utf8',
    env: { ...process.env, ...softwareVulkan() },
  });
  if (status === 0) return null;
  return (error?.message ?? stderr.trim().split('\n')[0] ?? 'it does not start').slice(0, 200);
}

function softwareVulkan(): Readonly<Record<string, string>> {
  return existsSync(LLVMPIPE) ? { VK_ICD_FILENAMES: LLVMPIPE, XDG_RUNTIME_DIR: tmpdir() } : {};
}

/** Runs the order in Deno (the npm package `deno`). */
export async function inDeno(order: Order): Promise<DeviceReport> {
  const folder = mkdtempSync(join(tmpdir(), 'normlayers-webgpu-'));
  try {
    writeFileSync(
      join(folder, 'on-device.mjs'),
      `${await bundled()}
console.log(JSON.stringify(await runOnDevice(navigator.gpu, JSON.parse(Deno.readTextFileSync(Deno.args[0])))));
Deno.exit(0);`,
    );
    writeFileSync(join(folder, 'order.json'), JSON.stringify(order));
    const output = await outputOf(DENO, [
      ...['run', '-A', '--no-check', '--unstable-webgpu'],
      ...['on-device.mjs', 'order.json'].map((file) => join(folder, file)),
    ]);
    return JSON.parse(output.trim().split('\n').at(-1)!);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function outputOf(command: string, argumentsGiven: readonly string[]): Promise<string> {
  const child = spawn(command, argumentsGiven, { env: { ...process.env, ...softwareVulkan() } });
  let output = '';
  let errors = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`deno ended with ${code}: ${errors.slice(-2000)}`)),
    );
  });
}

/** Runs the order in Chromium, on its software GPU where there is no other. */
export async function inChromium(path: string, order: Order): Promise<DeviceReport> {
  const pages = await chromiumPages(path, new URL('./chromium.page.ts', import.meta.url));
  try {
    return await pages.run<DeviceReport>('runOnDevice', order);
  } finally {
    await pages.close();
  }
}
