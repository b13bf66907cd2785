import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { uninstalled } from '@normlayers/catalogue/node';
import {
  inputsOf,
  inspect,
  judgeModel,
  mend,
  randomInputs,
  type TfjsArtifacts,
  type TfjsTarget,
  tfjsFiles,
  verify,
} from '@normlayers/model/tfjs';
import { CommandError } from '../../../command-error';
import { writeFiles } from '../../../output/write-files';
import { shardsIn, type TfjsModelFile } from './model-file';
import type { OpenedModel } from './opened-model';
import { type PageEngines, withProvidersIn } from './run-in-chromium';
import { tfjsInNode } from './tfjs-in-node';

/** The wasm backend goes first, where it is installed: what it takes is a part of what the cpu backend does. */
const BACKENDS = ['wasm', 'cpu'];

/** Those of `@tensorflow/tfjs` itself are: without it nothing runs, and whoever runs first says so. */
function isInstalled(backend: string): boolean {
  return (
    backend === 'cpu' ||
    backend === 'webgl' ||
    uninstalled({ family: 'tfjs', name: `tfjs/${backend}` }) === null
  );
}

/** What a page has beside Node: the backends on a GPU. */
function pageEngines(): PageEngines<TfjsArtifacts> {
  const backends = (['webgl', 'webgpu'] as const).filter(isInstalled);
  return {
    engines: Object.fromEntries(
      backends.map((backend) => [backend, { framework: 'tfjs', backend } as const]),
    ),
    filesOf: (artifacts) => tfjsFiles(artifacts),
  };
}

export function tfjsModel({ path, artifacts }: TfjsModelFile): OpenedModel<TfjsArtifacts> {
  return {
    format: 'tfjs',
    path,
    content: artifacts,
    inputs: () => inputsOf(artifacts),
    randomInputs: (options) => randomInputs(artifacts, options),
    inspect: (target) => inspect(artifacts, { target: target as TfjsTarget }),
    withProviders(runtime, flags, progress, use) {
      const own = Object.fromEntries(
        BACKENDS.filter(isInstalled).map((backend) => [backend, tfjsInNode(backend)]),
      );
      return withProvidersIn(runtime, { own, page: pageEngines }, flags, progress, use);
    },
    judge: (content, trial) => judgeModel(content, trial),
    async mend(target) {
      const { artifacts: mended, changes } = mend(artifacts, { target: target as TfjsTarget });
      return { mended, changes };
    },
    verify: (mended, { providers, inputs }) =>
      verify({ original: artifacts, mended, run: Object.values(providers)[0]!, inputs }),
    checkOut(out) {
      if (out.endsWith('.json')) return;
      throw new CommandError(
        'usage',
        `--out ${out}: a TensorFlow.js model is a .json file with shards beside it.`,
      );
    },
    write(out, mended) {
      const files = tfjsFiles(mended, shardName(out));
      const { 'model.json': json, ...shards } = files;
      const folder = dirname(resolve(out));
      const own = new Set(existsSync(out) ? shardsIn(readFileSync(out)) : []);
      const taken = Object.keys(shards).find((name) => !own.has(name) && existsSync(join(folder, name)));
      if (taken !== undefined) {
        throw new CommandError('usage', `--out ${out} cannot be written: ${taken} is there, and not of it.`);
      }
      const entries = Object.entries(shards).map(([name, bytes]) => [join(folder, name), bytes] as const);
      writeFiles({ ...Object.fromEntries(entries), [out]: json! }, out);
    },
  };
}

/** `model.json` has the converter's names of shards; others have their own, so that several models share a folder. */
function shardName(out: string): string {
  const name = basename(out, '.json');
  return name === 'model' ? 'group1' : name;
}
