import type { BeyondName } from '../../../experiments/experiment-names';
import type { ExperimentText } from '../../../experiments/experiment-text';
import { shortFigure } from '../../../widgets/figures';

const percent = (share: number) => `${(100 * share).toFixed(0)}%`;
const SMALL_BATCHES =
  '一个有两个隐藏层的网络用 2560 个样本学习区分四类，批大小从 2 到 32，学习率与批大小成正比。图中是推理时判对的新样本的比例；瞎猜约为 25%。';

export const beyondSeries: Record<string, string> = {
  groupNorm: '组归一化',
  batchRenorm: 'Batch Renorm',
  dynamicTanh: 'DyT',
  apart: '层归一化减 RMS 归一化',
  pre: 'Pre-LN',
  post: 'Post-LN',
  postWarm: 'Post-LN，有预热',
  plain: '原样的 q · k',
  normalized: 'q 和 k 归一化之后',
  noise: '一个样本的输出',
  running: '运行统计量',
  precise: '总体统计量',
  filterResponse: '滤波响应归一化',
};

/** “两者之外”页上的实验。 */
export const beyondExperiments: Record<BeyondName, ExperimentText> = {
  learningRates: {
    claim: '批归一化允许更大的学习率',
    method:
      '同一个有三个隐藏层的网络，六种学习率，各训练 100 步。图中是判对的新样本的比例；超过 40% 才算学会了。',
    holds: '对普通的梯度下降成立；Adam 自己会缩放步长。',
    x: '学习率',
    y: '准确率',
    conclude: ({ noneLargest, batchLargest, noneBest, batchBest }) =>
      `还能学会的最大学习率：没有归一化时 ${shortFigure(noneLargest)}，批归一化 ${shortFigure(batchLargest)}。六种里最好的：${percent(noneBest)} 和 ${percent(batchBest)}。`,
  },
  groupNorm: {
    claim: '批很小时，组归一化依然可靠',
    method: SMALL_BATCHES,
    holds: '对特征没有各自偏移的数据成立（这里就是）：这样的偏移只有批归一化能去掉（见对比的第 6 行）。',
    x: '批大小',
    y: '准确率',
    conclude: ({ batchAtTwo, groupAtTwo, batchAtMost, groupAtMost }) =>
      `批大小为 2：批归一化 ${percent(batchAtTwo)}，组归一化 ${percent(groupAtTwo)}。为 32：${percent(batchAtMost)} 和 ${percent(groupAtMost)}。`,
  },
  rmsNorm: {
    claim: '均值为 0 时，RMS 归一化就是层归一化，分毫不差',
    method:
      '每行 64 个数，每个数的相反数也在这一行里，均值因此一位不差地为 0；然后让同样的行离开零。图中是两种输出的最大差。',
    holds: '总是成立：均值为 0 时，两个公式是同一个。残差流很少离它太远。',
    x: '均值与标准差之比',
    y: '最大的差',
    conclude: ({ atZero, atOne, atMost }) =>
      `均值为 0 时最大的差：${shortFigure(atZero)}。离开一个标准差：${shortFigure(atOne)}。四个：${shortFigure(atMost)}。`,
  },
  preNorm: {
    claim: 'Post-LN 需要预热，Pre-LN 不需要',
    method:
      '十二个残差块，每块两个全连接层，用 Adam 训练，学习率很大；有预热时，它在前一半的步数里逐渐增大。图中是损失。',
    holds:
      '20 个种子中，Pre-LN 的损失每次都最低；预热使 Post-LN 的损失降低六分之一以上的有 14 个。在学习率很大的深网络里成立；学习率小时，两者都能训练。这里没有注意力。',
    x: '训练步',
    y: '损失',
    conclude: ({ pre, post, postWarm, preGradient, postGradient }) =>
      `最后的损失：Pre-LN ${shortFigure(pre)}，Post-LN ${shortFigure(post)}，有预热 ${shortFigure(postWarm)}。最后一块的第一个梯度：${shortFigure(preGradient)} 和 ${shortFigure(postGradient)}。`,
  },
  qkNorm: {
    claim: '查询和键归一化之后，softmax 不会饱和',
    method:
      '32 个词元之间的注意力，查询和键是 64 个随机数，逐渐放大。图中是 softmax 的熵，单位是比特：5 是在所有词元中平均地选，0 是只选一个。这里用 RMS 归一化代替除以长度，用通常的 1/√64 代替 g。',
    holds: '就查询和键的大小而言成立；学出来的 g 可以让 softmax 要多尖有多尖。',
    x: 'q 和 k 的标准差',
    y: '熵，比特',
    conclude: ({ plainAtOne, plainAtMost, normalizedAtOne, normalizedAtMost }) =>
      `大小从 1 到 10：${shortFigure(plainAtOne)} 比特变成 ${shortFigure(plainAtMost)}；归一化之后，${shortFigure(normalizedAtOne)} 还是 ${shortFigure(normalizedAtMost)}。`,
  },
  batchRenorm: {
    claim: 'Batch Renorm 弥补小批量',
    method: `${SMALL_BATCHES}r 和 d 在第 30 步到第 90 步之间逐渐放开。`,
    holds: '取决于何时放开 r 和 d：太早的话，它们所依靠的运行统计量还没有成形。',
    x: '批大小',
    y: '准确率',
    conclude: ({ batchAtTwo, renormAtTwo, batchAtMost, renormAtMost }) =>
      `批大小为 2：批归一化 ${percent(batchAtTwo)}，Batch Renorm ${percent(renormAtTwo)}。为 32：${percent(batchAtMost)} 和 ${percent(renormAtMost)}。`,
  },
  ghostBatchNorm: {
    claim: '幽灵批带回小批量的噪声',
    method:
      '一个样本在 64 个样本的批里，其余的重新抽取 60 次，批分成若干幽灵批。图中是它的输出的标准差，对 16 个特征取平均。',
    holds: '总是成立。这种噪声是否有助于泛化，是论文的说法，这里没有检验。',
    x: '一个幽灵批的样本数',
    y: '输出的标准差',
    conclude: ({ smallest, whole }) =>
      `4 个样本的幽灵批：${shortFigure(smallest)}。整批 64 个：${shortFigure(whole)}。`,
  },
  preciseBatchNorm: {
    claim: '运行统计量落后于权重',
    method:
      '同一个网络，每训练 10 步就做一次推理：一次用动量 0.99（Keras 的默认值）的运行统计量，一次用 256 个样本重新计算的。图中是判对的新样本的比例。',
    holds: '在训练初期、动量慢时成立；权重不再变化之后，两者一致。',
    x: '训练步',
    y: '准确率',
    conclude: ({ running, precise, runningLast, preciseLast }) =>
      `训练期间平均：运行统计量 ${percent(running)}，重新计算的 ${percent(precise)}。最后：${percent(runningLast)} 和 ${percent(preciseLast)}。`,
  },
  filterResponseNorm: {
    claim: '滤波响应归一化不取决于别的样本',
    method:
      '一个 8 通道的样本，七个邻居不断更换，位置数从 1 到 64。图中是从第一个小批量以来，它的输出里移动得最多的那个数移动了多少。',
    holds: '总是成立。它需要的是位置：只有一个位置时，一个数除以自己的大小，只剩下符号。',
    x: '位置数',
    y: 'y 移动了',
    conclude: ({ batchNorm, filterResponse, spreadAtOne, spreadAtMost }) =>
      `批归一化下移动 ${shortFigure(batchNorm)} 以上，滤波响应归一化下移动 ${shortFigure(filterResponse)}。它的输出大小，一个位置时相差 ${shortFigure(spreadAtOne)}，64 个位置时相差 ${shortFigure(spreadAtMost)}。`,
  },
  dynamicTanh: {
    claim: '在小网络里，tanh 落后于层归一化',
    method:
      '同一个有三个隐藏层的网络，用层归一化，或在它的位置上用 DyT；输入是通常大小的 0.1 倍到 100 倍，各用普通的梯度下降训练 100 步。图中是判对的新样本的比例。',
    holds:
      '对这个网络、对适合层归一化的学习率成立。论文里的 Transformer 很大，用 AdamW 训练：这里并不与它们矛盾。',
    x: '通常大小的倍数',
    y: '准确率',
    conclude: ({ layerNorm, dynamicTanh, layerLeast, tanhLeast }) =>
      `通常大小：层归一化 ${percent(layerNorm)}，DyT ${percent(dynamicTanh)}。四种里最差的：${percent(layerLeast)} 和 ${percent(tanhLeast)}。`,
  },
};
