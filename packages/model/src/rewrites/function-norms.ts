import { inlineFunctions } from '../formats/onnx/conversions/inline-functions';
import { type OnnxFile, readOnnx } from '../formats/onnx/read';
import type { ExternalFiles } from '../formats/onnx/tensors';
import { modelNorms } from '../norms/model-norms';
import type { Target } from './targets';

/**
 * A model with the functions that hold norms standing where they are called: what a norm's axes, sizes and parameters are, its
 * caller says, and each call may say another. Other functions stay.
 *
 * @throws NormError `file` where the bytes are no model.
 */
export function readWithFunctionNorms(bytes: Uint8Array, files: ExternalFiles, target: Target): OnnxFile {
  const file = readOnnx(bytes, files);
  if (file.model.functions.length === 0) return file;
  const { file: whole, calls } = inlineFunctions(readOnnx(bytes, files));
  if (calls.length === 0) return file;
  const holding = new Set<string>();
  for (const { norms } of modelNorms(whole, target).graphs) {
    for (const { norm } of norms) {
      for (const { key, prefix } of calls) {
        if (norm.nodes.some((name) => name.startsWith(`${prefix}/`))) holding.add(key);
      }
    }
  }
  return inlineFunctions(file, holding).file;
}
