import { type TfjsArtifacts, tfjsArtifacts } from '@normlayers/model';

/** What was dropped: an ONNX file, or the files of a TensorFlow.js model. */
export type OpenedModel =
  | { readonly kind: 'onnx'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'tfjs'; readonly name: string; readonly artifacts: TfjsArtifacts };

/** Files by name, as they were dropped. */
export type ModelFiles = Readonly<Record<string, Uint8Array>>;

/** Reads dropped files as a model. @throws Error where they are none. */
export function openModel(files: ModelFiles): OpenedModel {
  const onnx = Object.entries(files).find(([name]) => name.endsWith('.onnx'));
  if (onnx !== undefined) return { kind: 'onnx', name: onnx[0], bytes: onnx[1] };
  if (files['model.json'] === undefined) throw new Error(`${Object.keys(files).join(', ')}`);
  return { kind: 'tfjs', name: 'model.json', artifacts: tfjsArtifacts(files) };
}

/** A mended TensorFlow.js model as files again: model.json and one shard. */
export function tfjsFiles({ weightSpecs, weightData, ...rest }: TfjsArtifacts): ModelFiles {
  const shard = 'weights.bin';
  const parts = Array.isArray(weightData) ? weightData : [weightData ?? new ArrayBuffer(0)];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part), offset);
    offset += part.byteLength;
  }
  const json = { ...rest, weightsManifest: [{ paths: [shard], weights: weightSpecs }] };
  return { 'model.json': new TextEncoder().encode(JSON.stringify(json)), [shard]: bytes };
}

/** Sizes of symbolic dimensions: `batch=1, width=64`. Null where it is no such list. */
export function readSizes(text: string): Record<string, number> | null {
  const sizes: Record<string, number> = {};
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const at = part.lastIndexOf('=');
    const size = Number(part.slice(at + 1));
    if (at < 1 || !Number.isInteger(size) || size < 1) return null;
    sizes[part.slice(0, at).trim()] = size;
  }
  return sizes;
}
