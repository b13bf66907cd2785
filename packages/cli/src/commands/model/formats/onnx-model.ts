import { dirname, resolve } from 'node:path';
import {
  inputsOf,
  inspect,
  judgeModel,
  mend,
  randomInputs,
  roundingToHalf,
  type Target,
  verify,
} from '@normlayers/model';
import { CommandError } from '../../../command-error';
import { writeFiles } from '../../../output/write-files';
import type { OnnxModelFile } from './model-file';
import type { OpenedModel } from './opened-model';
import { wasmInNode } from './ort-in-node';
import { type PageEngines, withProvidersIn } from './run-in-chromium';

/** Both builds of onnxruntime-web that have WebGPU. */
const WEBGPU: PageEngines<Uint8Array> = {
  engines: {
    'webgpu:jsep': { framework: 'onnxruntime-web', build: 'all' },
    'webgpu:native': { framework: 'onnxruntime-web', build: 'webgpu' },
  },
  filesOf: (bytes) => ({ 'model.onnx': bytes }),
};

export function onnxModel(file: OnnxModelFile): OpenedModel<Uint8Array> {
  const { path, bytes, files, locations } = file;
  const wasm = wasmInNode(file);
  // For float16 models an engine that rounds each operator's result, too.
  const own = { wasm, float16: roundingToHalf(wasm, files) };
  return {
    format: 'onnx',
    path,
    content: bytes,
    inputs: () => inputsOf(bytes),
    randomInputs: (options) => randomInputs(bytes, options),
    inspect: (target) => inspect(bytes, { target: target as Target, files }),
    withProviders: (runtime, flags, progress, use) =>
      withProvidersIn(runtime, { own, page: () => WEBGPU }, flags, progress, use),
    judge: (content, trial) => judgeModel(content, { ...trial, files }),
    async mend(target, trial) {
      const judgement = await judgeModel(bytes, { ...trial, files });
      const { bytes: mended, changes } = mend(bytes, { target: target as Target, files, judgement });
      return { mended, changes };
    },
    verify: (mended, { providers, inputs }) =>
      verify({ original: bytes, mended, run: providers.wasm!, inputs, files }),
    // Weights beside the model stay where they are, and so does it.
    checkOut(out) {
      if (locations.length === 0 || dirname(resolve(path)) === dirname(resolve(out))) return;
      throw new CommandError(
        'usage',
        `--out ${out}: ${locations[0]} lies beside ${path}; write into the same folder.`,
      );
    },
    write: (out, mended) => writeFiles({ [out]: mended }, out),
  };
}
