import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', native: 'src/native/index.ts', 'gpu-kernels': 'src/fused/gpu/kernels.ts' },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  dts: true,
  clean: true,
  treeshake: true,
});
