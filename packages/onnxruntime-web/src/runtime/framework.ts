import type * as ort from 'onnxruntime-web';

/**
 * The part of ONNX Runtime Web that is used: your own `import * as ort from 'onnxruntime-web'` has it. `env` has the
 * device of provider `webgpu`; no other provider needs it.
 */
export type OnnxRuntime = Pick<typeof ort, 'InferenceSession' | 'Tensor'> & Partial<Pick<typeof ort, 'env'>>;

export type OrtTensor = ort.Tensor;

export type OrtSession = ort.InferenceSession;

/** The oldest onnxruntime-web that the suite has passed on; older ones refuse the graphs' operators (opset 21). */
const OLDEST = '1.19.2';

/** The module's version, where it says so. */
export function versionOf(runtime: OnnxRuntime): string | undefined {
  const { versions } = (runtime.env ?? {}) as { readonly versions?: { readonly web?: string } };
  return versions?.web;
}

/** Why this ONNX Runtime is too old, with both versions; null where it is not, or does not say how old it is. */
export function tooOld(runtime: OnnxRuntime): { version: string; oldest: string } | null {
  const version = versionOf(runtime);
  if (version === undefined || !isBelow(version, OLDEST)) return null;
  return { version, oldest: OLDEST };
}

function isBelow(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  const differing = a.findIndex((part, i) => part !== b[i]);
  return differing >= 0 && a[differing] < b[differing];
}
