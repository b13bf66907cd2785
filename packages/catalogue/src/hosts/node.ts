import { pathToFileURL } from 'node:url';
import { installedAt } from '@normlayers/browsers';
import type { CatalogueEntry, Need } from '../entry';
import type { Host } from '../host';
import { packagesOf } from '../packages-of';

const NEEDS_BROWSER = 'needs a browser (--runtime chromium)';

/** Frameworks are loaded when a back end of theirs is opened: they take up to a second, and print on loading. */
export const NODE: Host = {
  lacks: async (need) => (hasNeed(need) ? null : NEEDS_BROWSER),
  frameworks: {
    async ort() {
      const ort = await framework('onnxruntime-web', () => import('onnxruntime-web'));
      ort.env.logLevel = 'error';
      ort.env.wasm.numThreads = 1;
      return ort;
    },
    /** All of TensorFlow.js: its own operators need the gradients that tfjs-core alone does not register. */
    async tfjs(backend) {
      const tf = await framework('@tensorflow/tfjs', () => import('@tensorflow/tfjs'));
      if (backend === 'wasm') {
        await framework('@tensorflow/tfjs-backend-wasm', () => import('@tensorflow/tfjs-backend-wasm'));
      }
      await tf.setBackend(backend);
      return tf;
    },
    jax: () => framework('@jax-js/jax', () => import('@jax-js/jax')),
  },
};

/** What Node lacks of what a back end needs, in a sentence; null where nothing stands against it. */
export function lackedByNode({ needs }: CatalogueEntry): string | null {
  return needs.every(hasNeed) ? null : NEEDS_BROWSER;
}

/** What of its framework is not installed, and how to install it, in a sentence; null where nothing lacks. */
export function uninstalled(entry: Pick<CatalogueEntry, 'family' | 'name'>): string | null {
  const needed = packagesOf(entry);
  const lacking = needed.filter((name) => installedAt(name) === null);
  if (lacking.length === 0) return null;
  return `${lacking.join(' and ')} ${lacking.length === 1 ? 'is' : 'are'} not installed (npm install ${needed.join(' ')})`;
}

/** A framework beside this program, or else the project's. Its CommonJS files are a module's default. */
async function framework<T extends object>(name: string, beside: () => Promise<T>): Promise<T> {
  try {
    return await beside();
  } catch (error) {
    const path = installedAt(name);
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND' || path === null) throw error;
    const module = (await import(pathToFileURL(path).href)) as T & { readonly default?: T };
    return module.default ?? module;
  }
}

function hasNeed(need: Need): boolean {
  return need === 'shared memory' || need === 'node';
}
