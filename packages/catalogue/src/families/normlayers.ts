import type { CatalogueEntry } from '../entry';

const OURS = { family: 'normlayers', kind: 'ours', needs: [], parts: [] } as const;

/** Back ends that need no framework. */
export const NORMLAYERS: readonly CatalogueEntry[] = [
  {
    ...OURS,
    name: 'reference',
    about: 'float64 on one thread, rounded once',
    open: async () => (await import('@normlayers/core')).referenceAdapter(),
    code: {
      imports: ["import { referenceAdapter } from '@normlayers/core';"],
      open: 'referenceAdapter()',
    },
  },
  {
    ...OURS,
    name: 'wasm',
    about: 'WebAssembly SIMD kernels on one thread',
    open: async () => (await import('@normlayers/wasm')).wasmAdapter(),
    code: { imports: ["import { wasmAdapter } from '@normlayers/wasm';"], open: 'await wasmAdapter()' },
  },
  {
    ...OURS,
    name: 'wasm-threads',
    about: 'the same kernels on several threads, over shared memory',
    needs: ['shared memory'],
    open: async () => (await import('@normlayers/wasm')).wasmThreadsAdapter(),
    code: {
      imports: ["import { wasmThreadsAdapter } from '@normlayers/wasm';"],
      open: 'await wasmThreadsAdapter()',
    },
  },
  {
    ...OURS,
    name: 'webgpu',
    about: 'WGSL kernels on a device of its own',
    needs: ['webgpu'],
    async open() {
      const { requestDevice, webgpuAdapter } = await import('@normlayers/webgpu');
      const device = await requestDevice();
      const adapter = webgpuAdapter({ device });
      const dispose = async () => {
        await adapter.dispose();
        device.destroy();
      };
      return { ...adapter, dispose, [Symbol.asyncDispose]: dispose };
    },
    code: {
      imports: ["import { requestDevice, webgpuAdapter } from '@normlayers/webgpu';"],
      open: 'webgpuAdapter({ device: await requestDevice() })',
    },
  },
  {
    ...OURS,
    name: 'plain-js',
    kind: 'peer',
    about: 'a loop written by hand',
    timedOnly: true,
    open: async () => (await import('@normlayers/benchmark')).plainJsAdapter(),
  },
];
