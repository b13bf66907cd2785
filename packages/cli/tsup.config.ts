import { defineConfig } from 'tsup';

export default defineConfig([
  {
    entry: ['src/normlayers.ts'],
    format: 'esm',
    target: 'node20',
    platform: 'node',
    // The page's folder is the other build's, which runs at the same time.
    clean: ['!page/**'],
    treeshake: true,
  },
  {
    // What a browser loads: our packages bundled, the frameworks served from where they are installed.
    entry: ['src/page/page.ts', 'src/page/suite-worker.ts', 'src/page/bench-worker.ts'],
    publicDir: 'src/page/public',
    outDir: 'dist/page',
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    noExternal: [/.*/],
    clean: true,
    minify: true,
    splitting: false,
    treeshake: true,
  },
]);
