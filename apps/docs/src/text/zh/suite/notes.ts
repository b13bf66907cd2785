import type { NormErrorCode } from '@normlayers/core';

/** What cases of the suite are there for: the suite's note, and the same in Chinese. */
const NOTES: Readonly<Record<string, string>> = {
  'far from 0: E[x^2] - E[x]^2 in float32 cancels, a mean in float32 rounds':
    '远离 0：float32 的 E[x²] − E[x]² 相互抵消，float32 的均值有舍入',
  'no variance: the answer is exactly beta': '没有方差：答案恰好是 beta',
  'the square is out of the range of the type, the answer is not': '平方超出类型的范围，答案没有',
  'the groups that hold them become NaN as a whole, no other changes': '含有它们的组整组变成 NaN，其他组不变',
  'in float16 the square of anything above 256 overflows': 'float16 里大于 256 的数平方就溢出',
  'nearly all of the range of float16, which ends at 65504': '几乎用满 float16 的范围，上限是 65504',
  'the square overflows float64': '平方超出 float64',
  'folded into x * a + b, the two large terms cancel and leave their rounding':
    '折叠成 x * a + b 时，两个大数相互抵消，只剩舍入误差',
  'nothing in, nothing out': '空输入，空输出',
  'x and residual are far from 0, their sum is not': 'x 与残差都远离 0，它们的和不然',
  'what is normalized is the sum as it is stored: a row of one number, whose answer is exactly beta':
    '归一化的是存储下来的和：整行同一个数，答案恰好是 beta',
  'the sum keeps a few bits of the residual': '和只保留残差的几位',
  'inference treats channels-first input as channels-last': '推理把通道在前的输入当作通道在后',
  'the gradient of channels-first Batch Norm throws ("Size(9) must match the product of shape 1,1,1,1")':
    '通道在前的批归一化，求梯度会抛出异常（"Size(9) must match the product of shape 1,1,1,1"）',
  'the gradient of channels-first Batch Norm throws': '通道在前的批归一化，求梯度会抛出异常',
  'training with scale: false throws: the missing gamma is read':
    'scale: false 时训练抛出异常：读了并不存在的 gamma',
  'Layer Norm of [40000, 40001, 40002, 40003] is NaN': '[40000, 40001, 40002, 40003] 的层归一化得到 NaN',
  'composed in float16, (x - mean)^2 of an outlier 795 off overflows: variance Inf, output beta':
    '用 float16 的算子拼成时，偏离 795 的值平方溢出：方差为 Inf，输出为 beta',
  'BatchNormalization with training_mode = 1 of opset 14 and later is refused':
    'opset 14 起 training_mode = 1 的 BatchNormalization 被拒绝',
  'in training y depends on the momentum of the running statistics': '训练时 y 竟取决于运行统计量的 momentum',
  'a constant row of 256 times 1234 gives NaN: its variance comes out negative':
    '256 个 1234 组成的行得到 NaN：方差算成了负数',
  'Layer Norm of four features around 2000 is off by hundreds': '2000 附近四个特征的层归一化偏差数百',
  'the variance of 100 + 0.01 * N(0, 1) over many features comes out 0':
    '许多特征取 100 + 0.01 * N(0, 1) 时，方差算成 0',
  'a float16 row of zeros is NaN: an epsilon of 1e-12 is 0 in float16':
    'float16 的全零行得到 NaN：1e-12 的 epsilon 在 float16 里是 0',
  'a variance of 9.8e-7 is taken for 0: -990 and 990 instead of -1 and 1':
    '9.8e-7 的方差被当作 0：得到 -990 和 990，而不是 -1 和 1',
  'training normalizes by the variance over n and keeps the one over n - 1; n = 2 tells them apart':
    '训练用除以 n 的方差归一化，保存除以 n - 1 的；n = 2 能分清两者',
  'Group Norm of a constant 0.05 is not 0': '常数 0.05 的组归一化不为 0',
  'one value per channel is refused in training; without a running variance over n - 1 it is simply beta':
    '训练时每个通道只有一个值会被拒绝；不需要除以 n - 1 的运行方差时，结果就是 beta',
  'at 1e30 the variance overflows: all zeros on one device, NaN on the other':
    '到 1e30 时方差溢出：一种设备上全为零，另一种上为 NaN',
};

/** The start of a note on bad input, which ends in the code that it must be refused with. */
const REFUSED = "must be refused with '";

/** A note in Chinese; one that is not known stays as it is. */
export function suiteNote(note: string): string {
  if (!note.startsWith(REFUSED)) return NOTES[note] ?? note;
  const code = note.slice(REFUSED.length, -1) as NormErrorCode;
  return `必须以 '${code}' 拒绝`;
}
