/** What the suite and the adapters say, in Chinese: why a call is not computed, and what a case is there for. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(\S+) does not compute (\S+ \S+): /, '$1 不计算 $2：'],
  // Why adapters do not compute a call.
  [/TensorFlow\.js has no (float16|float64) tensors/, 'TensorFlow.js 没有 $1 张量'],
  [/ONNX has no gradient operators/, 'ONNX 没有求梯度的算子'],
  [
    /this device has no shader-f16, as far as is known \(option float16\)/,
    '就所知，这个设备没有 shader-f16（选项 float16）',
  ],
  [/(WebGPU|WebGL) has no float64/, '$1 没有 float64'],
  [/ONNX Runtime’s WebGL provider has no (\w+)/, 'ONNX Runtime 的 WebGL 后端没有 $1'],
  [
    /the gradient of tf\.batchNorm throws where the channels are not the last axis/,
    '通道不在最后一个轴时，tf.batchNorm 的梯度会抛出异常',
  ],
  [
    /tf\.layers keep running statistics by Keras's rule, over n/,
    'tf.layers 按 Keras 的规则（除以 n）保存运行统计量',
  ],
  [
    /tf\.layers\.batchNormalization throws in training without (\w+)/,
    '训练时没有 $1，tf.layers.batchNormalization 会抛出异常',
  ],
  [
    /tf\.layers' batchNormalization is not implemented for rank (\d+)/,
    'tf.layers 的 batchNormalization 没有实现 $1 维',
  ],
  [
    /(a GPU|WebGPU|WebGL|WebNN) may take denormal numbers, below 1\.2e-38, for 0/,
    '$1 可能把 1.2e-38 以下的非规格化数当作 0',
  ],
  [
    /TensorFlow\.js has no Instance Norm, and so no running statistics of it/,
    'TensorFlow.js 没有实例归一化，也就没有它的运行统计量',
  ],
  [/TensorFlow\.js transposes tensors of rank 6 at most/, 'TensorFlow.js 最多转置 6 维的张量'],
  [
    /TensorFlow\.js does not transpose a tensor of rank (\d+) over axes this far apart/,
    'TensorFlow.js 不转置轴相隔这么远的 $1 维张量',
  ],
  [
    /the WebGL provider’s BatchNormalization has no training mode/,
    'WebGL 后端的 BatchNormalization 没有训练模式',
  ],
  [
    /the WebGL provider’s BatchNormalization takes three dimensions or more/,
    'WebGL 后端的 BatchNormalization 需要三维以上',
  ],
  [/InstanceNormalization gives no statistics/, 'InstanceNormalization 不给出统计量'],
  [
    /ONNX Runtime has no float64 kernel for InstanceNormalization/,
    'ONNX Runtime 的 InstanceNormalization 没有 float64 内核',
  ],
  [
    /the gradient of tf\.tile adds (\d+) slices one by one, which does not end on a GPU/,
    'tf.tile 的梯度要把 $1 个切片逐个相加，在 GPU 上算不完',
  ],
  [
    /x does not fit into a texture here, of (\d+) times (\d+) numbers/,
    'x 放不进这里的一张纹理（$1 × $2 个数）',
  ],
  [/nobody writes the gradient by hand/, '没有人手写梯度'],
  [/JavaScript has no loop over float16 as it is stored/, 'JavaScript 不能直接循环处理存储形式的 float16'],
  [/this browser has no (WebNN|WebGPU|WebGL 2)/, '这个浏览器没有 $1'],
  [/needs a browser \(--runtime chromium\)/, '需要浏览器（--runtime chromium）'],
  [/one call takes (.+), more than the limit of (.+)/, '一次调用要 $1，超过上限 $2'],
  [/^it has no gradient$/, '它没有梯度'],
  [/^errored: page reported nothing for (\d+) s$/, '出错：页面 $1 秒没有消息'],
  // What cases are there for.
  [
    /^far from 0: E\[x\^2\] - E\[x\]\^2 in float32 cancels, a mean in float32 rounds$/,
    '远离 0：float32 的 E[x²] − E[x]² 相互抵消，float32 的均值有舍入',
  ],
  [/^no variance: the answer is exactly beta$/, '没有方差：答案恰好是 beta'],
  [/^the square is out of the range of the type, the answer is not$/, '平方超出类型的范围，答案没有'],
  [
    /^the groups that hold them become NaN as a whole, no other changes$/,
    '含有它们的组整组变成 NaN，其他组不变',
  ],
  [/^in float16 the square of anything above 256 overflows$/, 'float16 里大于 256 的数平方就溢出'],
  [/^nearly all of the range of float16, which ends at 65504$/, '几乎用满 float16 的范围，上限是 65504'],
  [/^the square overflows float64$/, '平方超出 float64'],
  [
    /^folded into x \* a \+ b, the two large terms cancel and leave their rounding$/,
    '折叠成 x * a + b 时，两个大数相互抵消，只剩舍入误差',
  ],
  [/^nothing in, nothing out$/, '空输入，空输出'],
  [/^inference treats channels-first input as channels-last$/, '推理把通道在前的输入当作通道在后'],
  [/^the gradient of channels-first Batch Norm throws/, '通道在前的批归一化，求梯度会抛出异常'],
  [
    /^training with scale: false throws: the missing gamma is read$/,
    'scale: false 时训练抛出异常：读了并不存在的 gamma',
  ],
  [/^Layer Norm of (\[.+\]) is NaN$/, '$1 的层归一化得到 NaN'],
  [
    /^composed in float16, \(x - mean\)\^2 of an outlier 795 off overflows: variance Inf, output beta$/,
    '用 float16 的算子拼成时，偏离 795 的值平方溢出：方差为 Inf，输出为 beta',
  ],
  [
    /^BatchNormalization with training_mode = 1 of opset 14 and later is refused$/,
    'opset 14 起 training_mode = 1 的 BatchNormalization 被拒绝',
  ],
  [
    /^in training y depends on the momentum of the running statistics$/,
    '训练时 y 竟取决于运行统计量的 momentum',
  ],
  [
    /^a constant row of 256 times 1234 gives NaN: its variance comes out negative$/,
    '256 个 1234 组成的行得到 NaN：方差算成了负数',
  ],
  [/^Layer Norm of four features around 2000 is off by hundreds$/, '2000 附近四个特征的层归一化偏差数百'],
  [
    /^the variance of 100 \+ 0\.01 \* N\(0, 1\) over many features comes out 0$/,
    '许多特征取 100 + 0.01 * N(0, 1) 时，方差算成 0',
  ],
  [
    /^a float16 row of zeros is NaN: an epsilon of 1e-12 is 0 in float16$/,
    'float16 的全零行得到 NaN：1e-12 的 epsilon 在 float16 里是 0',
  ],
  [
    /^a variance of 9\.8e-7 is taken for 0: -990 and 990 instead of -1 and 1$/,
    '9.8e-7 的方差被当作 0：得到 -990 和 990，而不是 -1 和 1',
  ],
  [
    /^training normalizes by the variance over n and keeps the one over n - 1; n = 2 tells them apart$/,
    '训练用除以 n 的方差归一化，保存除以 n - 1 的；n = 2 能分清两者',
  ],
  [/^Group Norm of a constant 0\.05 is not 0$/, '常数 0.05 的组归一化不为 0'],
  [
    /^one value per channel is refused in training; without a running variance over n - 1 it is simply beta$/,
    '训练时每个通道只有一个值会被拒绝；不需要除以 n - 1 的运行方差时，结果就是 beta',
  ],
  [
    /^at 1e30 the variance overflows: all zeros on one device, NaN on the other$/,
    '到 1e30 时方差溢出：一种设备上全为零，另一种上为 NaN',
  ],
  [/^must be refused with '(.+)'$/, "必须以 '$1' 拒绝"],
];

/** The words in Chinese, as far as they are known here; a sentence that is not stays as it is. */
export function suiteWords(text: string): string {
  return WORDS.reduce((words, [english, chinese]) => words.replace(english, chinese), text);
}
