import type { Reason } from '../../reason';

type Values = NonNullable<Reason['values']>;

/** By code: what back ends do not compute, and what browsers do not have. */
const REASONS: Readonly<Record<string, (values: Values) => string>> = {
  webgpu: () => '这个浏览器没有 WebGPU',
  webgl2: () => '这个浏览器没有 WebGL 2',
  webnn: () => '这个浏览器没有 WebNN',
  'shared memory': () => '页面没有跨源隔离',
  // What TensorFlow.js cannot do.
  dtype: ({ dtype, device }) =>
    device === undefined ? `TensorFlow.js 没有 ${dtype} 张量` : `${device} 没有 ${dtype}`,
  transpose: ({ rank }) => `TensorFlow.js 不转置轴相隔这么远的 ${rank} 维张量`,
  'no-gradients': () => '只有 tfjs-core 时没有运算的梯度；请给出 @tensorflow/tfjs 的 tf',
  'no-running-statistics': () => 'TensorFlow.js 没有实例归一化，也就没有它的运行统计量',
  tiles: ({ tiles }) => `tf.tile 的梯度要把 ${tiles} 个切片逐个相加，要花好几分钟`,
  'axes-out-of-order': () => '所有轴都给出而次序打乱时，tf.layers.layerNormalization 的梯度会抛出异常',
  'missing-parameter': ({ missing }) => `训练时没有 ${missing}，tf.layers.batchNormalization 会抛出异常`,
  'channels-not-last': () => '通道不在最后一个轴时，tf.batchNorm 的梯度会抛出异常',
  convention: () => 'tf.layers 按 Keras 的规则（除以 n）保存运行统计量',
  rank: ({ rank, operator, least }) =>
    operator === undefined
      ? `tf.layers 的 batchNormalization 没有实现 ${rank} 维`
      : `WebGL 后端的 ${operator} 至少需要 ${least} 维`,
  // What ONNX Runtime cannot do.
  'no-gradient': () => 'ONNX 没有求梯度的算子',
  'no-kernel': ({ operator, dtype }) => `ONNX Runtime 的 ${operator} 没有 ${dtype} 内核`,
  'no-operator': ({ operator }) => `ONNX Runtime 的 WebGL 后端没有 ${operator}`,
  'no-training': ({ operator }) => `WebGL 后端的 ${operator} 没有训练模式`,
  'no-statistics': ({ operator }) => `${operator} 不给出统计量`,
  'shader-f16': () => '就所知，这个设备没有 shader-f16（选项 float16）',
  axes: ({ most, needed }) => `ONNX Runtime 的 WebGL 后端最多 ${most} 个轴，这个调用要 ${needed} 个`,
  texture: ({ side }) => `x 放不进这里的一张纹理（${side} × ${side} 个数）`,
  // What the suite leaves out by an adapter's declared limits.
  'denormals-flushed': () => '它可能把 1.2e-38 以下的非规格化数当作 0（limits.denormals）',
  'beyond-largest': ({ largest }) => `它不计算大于 ${largest} 的数（limits.largest）`,
};

/** A reason in Chinese; in English where its code is not known here. */
export function reasonWords({ reason, code, values = {} }: Reason): string {
  return REASONS[code ?? '']?.(values) ?? reason;
}
