import type { CatalogueEntry } from './entry';

/** The packages of its framework that a back end needs, as npm names them. */
export function packagesOf({ family, name }: Pick<CatalogueEntry, 'family' | 'name'>): readonly string[] {
  switch (family) {
    case 'normlayers':
      return [];
    case 'onnxruntime-web':
      return ['onnxruntime-web'];
    case 'jax-js':
      return ['@jax-js/jax'];
    case 'tfjs': {
      const [, backend] = /\/(wasm|webgpu)\b/.exec(name) ?? [];
      return ['@tensorflow/tfjs', ...(backend === undefined ? [] : [`@tensorflow/tfjs-backend-${backend}`])];
    }
  }
}
