import { readFileSync } from 'node:fs';

const PACKAGES = [
  '@normlayers/core',
  '@normlayers/conformance',
  '@normlayers/benchmark',
  '@normlayers/wasm',
  '@normlayers/tfjs',
  '@normlayers/onnxruntime-web',
  '@tensorflow/tfjs',
  'onnxruntime-web',
];

/** The versions of what the site is built with, for the reports made on it. */
export function packageVersions(): Record<string, string> {
  return Object.fromEntries(
    PACKAGES.map((name) => {
      const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
      return [name, (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version];
    }),
  );
}
