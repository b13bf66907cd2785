import { type CallPlan, sizeOf, type Unsupported } from '@normlayers/core/adapter';
import { accurateAxes, type DescribedCall, MOST_WEBGL_AXES } from '@normlayers/onnx';

/** The longest axis: an index along it is computed in float32. */
const LONGEST_AXIS = 2 ** 24;

/** Why the WebGL provider cannot hold a call's tensors, or null. */
export function webglLimit(call: DescribedCall, plan: CallPlan): Unsupported | null {
  const { dims } = accurateAxes(call, plan, 'webgl');
  if (dims.length > MOST_WEBGL_AXES) {
    return {
      supported: false,
      code: 'axes',
      reason: `ONNX Runtime’s WebGL provider takes ${MOST_WEBGL_AXES} axes at most, and this call needs ${dims.length}`,
      values: { most: MOST_WEBGL_AXES, needed: dims.length },
    };
  }
  const side = largestTexture(sizeOf(dims));
  const held = dims.every((size) => size <= LONGEST_AXIS) && sizeOf(dims) <= side ** 2;
  if (held) return null;
  return {
    supported: false,
    code: 'texture',
    reason: `x does not fit into a texture here, of ${side} times ${side} numbers`,
    values: { side },
  };
}

/** WebGL 2 has textures of this size everywhere. */
const SMALLEST_SIDE = 2048;

let asked: number | undefined;

/** A texture's largest width and height on this device, which is asked only where it matters. */
function largestTexture(size: number): number {
  if (size <= SMALLEST_SIDE ** 2) return SMALLEST_SIDE;
  asked ??= askDevice();
  return asked;
}

/** The parts of WebGL that are used; TypeScript's types of any engine have none. */
interface Canvas {
  getContext(kind: 'webgl2'): {
    readonly MAX_TEXTURE_SIZE: number;
    getParameter(name: number): number;
    getExtension(name: 'WEBGL_lose_context'): { loseContext(): void } | null;
  } | null;
}

function askDevice(): number {
  const { OffscreenCanvas } = globalThis as {
    OffscreenCanvas?: new (width: number, height: number) => Canvas;
  };
  const context = OffscreenCanvas && new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!context) return SMALLEST_SIDE;
  const side = context.getParameter(context.MAX_TEXTURE_SIZE);
  // A browser has few contexts.
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return side;
}
