import { type TfjsArtifacts, tfjsArtifacts } from '@normlayers/model/tfjs';

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

/**
 * Reads dropped files a piece at a time.
 *
 * @param progress takes the share that has been read, from 0 to 1.
 * @throws what the signal is aborted with.
 */
export async function readFiles(
  list: readonly File[],
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<ModelFiles> {
  const all = list.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  progress(0);
  const files: Record<string, Uint8Array> = {};
  for (const file of list) {
    const bytes = new Uint8Array(file.size);
    let offset = 0;
    const reader = file.stream().getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      signal.throwIfAborted();
      bytes.set(piece.value, offset);
      offset += piece.value.length;
      done += piece.value.length;
      progress(done / all);
    }
    files[file.name] = bytes;
  }
  progress(1);
  return files;
}

/** Sizes of open dimensions: `batch=1, width=64`; of TensorFlow.js by input and axis, `x:0=2`. Null where it is no such list. */
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
