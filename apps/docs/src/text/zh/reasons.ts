import type { Reason } from '../reason';

type Values = NonNullable<Reason['values']>;

/** By code: what back ends do not compute, and what browsers do not have. */
const REASONS: Readonly<Record<string, (values: Values) => string>> = {
  webgpu: () => '这个浏览器没有 WebGPU',
  webgl2: () => '这个浏览器没有 WebGL 2',
  webnn: () => '这个浏览器没有 WebNN',
  'shared memory': () => '页面没有跨源隔离',
  'denormals-flushed': () => '它可能把 1.2e-38 以下的非规格化数当作 0（limits.denormals）',
  'beyond-largest': ({ largest }) => `它不计算大于 ${largest} 的数（limits.largest）`,
};

/** A reason in Chinese; in English where its code is not known here. */
export function reasonWords({ reason, code, values = {} }: Reason): string {
  return REASONS[code ?? '']?.(values) ?? reason;
}
