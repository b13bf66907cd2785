import { shortFigure } from '../../../widgets/figures';
import type en from '../../en/learn/experiments';
import { beyondExperiments, beyondSeries } from './beyond-experiments';

const percent = (share: number) => `${(100 * share).toFixed(0)}%`;
const steps = (count: number) => (Number.isFinite(count) ? `用了 ${count} 步` : '这次没有达到');

const zh: typeof en = {
  rows: {
    what: {
      title: '归一化的是什么',
      batchNorm: '每个特征或通道，跨小批量的各个样本。',
      layerNorm: '每个样本，跨它的所有特征。',
    },
    dependence: {
      title: '是否依赖小批量',
      batchNorm: '训练时，每个输出都取决于小批量的每个样本；推理时取决于运行统计量。',
      layerNorm: '不依赖，训练和推理都一样。',
    },
    suits: {
      title: '适合什么',
      batchNorm: '大批量的 CNN 和 DNN。',
      layerNorm: 'RNN、LSTM 和 Transformer；小批量和单个样本。',
    },
    cost: {
      title: '代价',
      batchNorm: '大批量时效率高；推理时统计量是常数，更省。',
      layerNorm: '每次调用都要算每个样本的统计量。',
    },
    advantages: {
      title: '优点',
      batchNorm: '训练更快，泛化往往更好，不必太讲究初始权重。',
      layerNorm:
        '同样训练更快、不必太讲究初始权重，而且不依赖批大小：序列和在线学习都可以（见第 2、3、6 行）。',
    },
    limits: {
      title: '局限',
      batchNorm: '小批量、序列、在线学习（前两项见第 3 行）。',
      layerNorm: '有些情况下训练更慢。',
    },
  },
  sides: ['批归一化', '层归一化'],
  recordedRuns: ({ supports, unclear, contradicts }) =>
    [
      `记录的 ${supports + unclear + contradicts} 次运行中，${supports} 次支持这个说法`,
      ...(unclear > 0 ? [`${unclear} 次不能说明问题`] : []),
      ...(contradicts > 0 ? [`${contradicts} 次与之相反`] : []),
    ]
      .join('，')
      .concat('。'),
  medians: '各种子的中位数：',
  recordedNote: (node, date) =>
    `图中是种子 1 到 5 的记录：线是中位数，带子是从最小到最大的范围。记录于 ${date}，Node ${node}；点“在这里运行”，你自己的运行会以粗线画在上面。`,
  run: '在这里运行',
  again: '再运行一次',
  stop: '停止',
  seed: '随机种子',
  idle: '你的运行会画在上面的图里，结论写在这里。',
  running: '运行中……',
  took: (seconds) => `${seconds} 秒`,
  failed: (why) => `实验中断：${why}`,
  linkHint: '本页地址里有当前的实验和种子，复制即可分享这次运行。',
  verdicts: {
    supports: '✓ 这次运行支持这个说法。',
    contradicts: '✗ 这次运行与这个说法相反。',
    unclear: '~ 这次运行不能说明问题。',
  },
  series: {
    none: '无归一化',
    batchNorm: '批归一化',
    layerNorm: '层归一化',
    batchFeatures: '批归一化，各特征',
    batchSamples: '批归一化，各样本',
    layerFeatures: '层归一化，各特征',
    layerSamples: '层归一化，各样本',
    batchOffsets: '批归一化，偏移任务',
    layerOffsets: '层归一化，偏移任务',
    batchSizes: '批归一化，大小任务',
    layerSizes: '层归一化，大小任务',
    batchInference: '批归一化，推理',
    batchTraining: '批归一化，训练',
    ...beyondSeries,
  },
  experiments: {
    whichGroup: {
      claim: '归一化的是什么？',
      batchNorm: '每个特征，跨整个小批量。',
      layerNorm: '每个样本，跨它的所有特征。',
      method:
        '60 个随机批次，每批 48 个样本、32 个特征。画出的是剩下的最大均值：任一特征跨批次的均值，以及任一样本跨特征的均值。',
      holds: '总是成立：这就是定义。gamma 和 beta 会再移动均值，这里它们是 1 和 0。',
      x: '批次',
      y: '剩下的最大均值',
      conclude: ({ zero, free }) =>
        `批归一化的特征与层归一化的样本均值为 0（最多 ${shortFigure(zero)}）；另外两种不为 0（至少 ${shortFigure(free)}）。`,
    },
    miniBatch: {
      claim: '一个样本的输出取决于同批的其他样本吗？',
      batchNorm: '训练时取决于。',
      layerNorm: '不取决于。',
      method:
        '把同一个样本放进不断更换的七个邻居之中。画出的是从第一个小批量起，它输出的第一个数移动了多少。',
      holds: '在训练时成立。推理时批归一化用的是运行统计量，样本之间互不影响。',
      x: '小批量',
      y: 'y 移动了',
      conclude: ({ batchNorm, layerNorm }) =>
        `同一个数的变动范围：批归一化 ${shortFigure(batchNorm)}，层归一化 ${shortFigure(layerNorm)}。`,
    },
    batchSize: {
      claim: '适合多大的批？',
      batchNorm: '大批：16 个样本以上的 CNN 和 DNN。',
      layerNorm: '任意大小，包括小批和单个样本。',
      method:
        '一个有两个隐藏层的网络学习区分四个类别，每种批大小训练 220 步。画出的是新样本中答对的比例；瞎猜约为 25%。',
      holds:
        '在只用本批统计量时成立。Batch Renorm 和 Ghost Batch Norm 会移动这个界限；同步统计量则把几台设备的批合成一大批。',
      x: '批大小',
      y: '准确率',
      conclude: ({ batchAtOne, layerAtOne, batchAtMost, layerAtMost }) =>
        `批大小为 1：批归一化 ${percent(batchAtOne)}，层归一化 ${percent(layerAtOne)}。批大小为 64：${percent(batchAtMost)} 和 ${percent(layerAtMost)}。`,
    },
    sequences: {
      claim: '适合序列吗？',
      batchNorm: '不太适合：统计量随时间步和长度而变。',
      layerNorm: '适合：RNN、LSTM、Transformer。',
      method:
        '一个小型循环网络学习在后面七个噪声里记住第一个数的符号，批大小为 8；随后给它两倍长的序列。画出的是训练长度上的准确率。长序列的结果因种子而异：有时批归一化也能通过。',
      holds:
        '在所有时间步共用一组运行统计量时成立。每步各用一组（Cooijmans 2016）时，批归一化也能学习序列，但只限于见过的长度。',
      x: '训练步',
      y: '准确率',
      conclude: ({ batchNorm, layerNorm, batchNormLong, layerNormLong }) =>
        `训练长度：批归一化 ${percent(batchNorm)}，层归一化 ${percent(layerNorm)}。两倍长度：${percent(batchNormLong)} 和 ${percent(layerNormLong)}。`,
    },
    online: {
      claim: '能在线学习（每次一个样本）吗？',
      batchNorm: '不能：单个值的方差为 0，任何输入都变成 beta。',
      layerNorm: '能。',
      method: '600 个样本，每个只单独看一次。画出的是损失在最近二十来个样本上的平均。',
      holds: '在每个特征只有一个数时成立。卷积仍有各个位置；冻结统计量之后，批归一化就是一个固定的缩放。',
      x: '样本',
      y: '损失',
      conclude: ({ none, batchNorm, layerNorm }) =>
        `新样本的准确率：批归一化 ${percent(batchNorm)}，层归一化 ${percent(layerNorm)}，无归一化 ${percent(none)}。`,
    },
    trainingSpeed: {
      claim: '能加快训练吗？',
      batchNorm: '能，深的网络尤其明显。',
      layerNorm: '多半能；在这样的数据上不如批归一化。',
      method: '同一个五层隐藏层的网络，同样的学习率，200 步，每步 32 个样本。画出的是损失。',
      holds:
        '在三者用同一个学习率时成立，说的是途中。临近结束时，小批量的噪声会让批归一化失去一些领先：30 个种子中有 6 个，它比无归一化的网络更晚到达后者最后的损失。网络浅、初始权重又得当时，差别很小。',
      x: '训练步',
      y: '损失',
      conclude: ({ mark, none, batchNorm, layerNorm }) =>
        `损失降到 ${shortFigure(mark)}（无归一化网络全程下降量的四分之三处）：无归一化${steps(none)}，批归一化${steps(batchNorm)}，层归一化${steps(layerNorm)}。`,
    },
    slowerLayerNorm: {
      claim: '训练会不会更慢？',
      batchNorm: '批大时很少。',
      layerNorm: '有些情况下会：特征各有偏移，或者要紧的正是大小。',
      method:
        '两个任务。一个任务里每个特征都有自己的偏移：批归一化能去掉，层归一化不能。另一个任务里，只有样本的大小能区分类别，而层归一化会把它去掉，除非偏置帮忙。',
      holds: '在各特征有自己的偏移、或者要紧的正是大小时成立；先做嵌入的词元两者都不是。',
      x: '训练步',
      y: '损失',
      conclude: ({ batchOffsets, layerOffsets, batchSizes, layerSizes }) =>
        `最后的损失，特征有偏移：批归一化 ${shortFigure(batchOffsets)}，层归一化 ${shortFigure(layerOffsets)}；大小任务：${shortFigure(batchSizes)} 和 ${shortFigure(layerSizes)}。`,
    },
    initialWeights: {
      claim: '初始权重的影响会变小吗？',
      batchNorm: '会：权重的大小被抵消。',
      layerNorm: '会，程度稍小。',
      method: '同一个网络，初始权重为通常大小的 0.03 到 3 倍，各训练 100 步。画出的是新样本中答对的比例。',
      holds: '对权重的大小成立。方向的影响照旧。',
      x: '通常大小的倍数',
      y: '准确率',
      conclude: ({ none, batchNorm, layerNorm }) =>
        `五种大小的平均：无归一化 ${percent(none)}，批归一化 ${percent(batchNorm)}，层归一化 ${percent(layerNorm)}。`,
    },
    generalization: {
      claim: '有助于泛化吗？',
      batchNorm: '常常有：小批量的噪声起到正则化作用。',
      layerNorm: '没有这种噪声。',
      method:
        '160 个训练样本，其中五分之一类别被标错；40 轮。画出的是 1000 个新样本中答对的比例。帮助有多大因种子而异。',
      holds: '因情况而异：数据更多，或者同时用 dropout 和权重衰减时，好处会变小甚至消失。',
      x: '轮次',
      y: '准确率',
      conclude: ({ none, batchNorm }) =>
        `最后新样本答对：无归一化 ${percent(none)}，批归一化 ${percent(batchNorm)}。`,
    },
    cost: {
      claim: '代价有多大？',
      batchNorm: '推理时运算最少：一次乘法、一次加法。训练时不比层归一化省。',
      layerNorm: '每次调用都要算均值和方差。',
      method:
        '用我们的 WebAssembly 内核，在这台设备上，对 1024 × 768 个 float32 值轮流测 40 轮。画出的是一次调用的时间。每次运行都有出入：除非四分之三的轮次里都是同一个便宜 10% 以上，否则算未定。',
      holds:
        '受内存限制的内核（这里的就是）两者用时差不多，这一行就没有定论；在算术要紧的地方它成立。折叠进前一层之后，批归一化不花任何代价。',
      x: '轮次',
      y: '毫秒',
      conclude: ({ batchInference, batchTraining, layerNorm }) =>
        `一次调用（各轮的中位数）：批归一化推理 ${shortFigure(batchInference)} 毫秒、训练 ${shortFigure(batchTraining)} 毫秒，层归一化 ${shortFigure(layerNorm)} 毫秒。`,
    },
    ...beyondExperiments,
  },
};

export default zh;
