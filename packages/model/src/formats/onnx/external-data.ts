import { EXTERNAL } from './messages';
import { linkOnnx, readOnnx } from './read';

/**
 * The files beside an ONNX model that hold weights of its.
 *
 * @throws NormError `file` where the bytes are no model.
 */
export function externalLocations(bytes: Uint8Array): string[] {
  const locations = new Set<string>();
  for (const { message } of linkOnnx(readOnnx(bytes))) {
    const tensors = message.$typeName === 'onnx.GraphProto' ? message.initializer : [];
    for (const { dataLocation, externalData } of tensors) {
      const location = externalData.find(({ key }) => key === 'location')?.value;
      if (dataLocation === EXTERNAL && location) locations.add(location);
    }
  }
  return [...locations];
}
