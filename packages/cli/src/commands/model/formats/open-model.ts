import { readModelFile } from './model-file';
import { onnxModel } from './onnx-model';
import type { OpenedModel } from './opened-model';
import { tfjsModel } from './tfjs-model';

/** Opens a model of either format. @throws CommandError `usage` where there is no such file, or it is no model. */
export function withModel<T>(path: string, use: <M>(model: OpenedModel<M>) => T): T {
  const file = readModelFile(path);
  return file.format === 'onnx' ? use(onnxModel(file)) : use(tfjsModel(file));
}
