import type en from '../../en/learn/choose';

const zh: typeof en = {
  title: '该用哪一个？',
  model: '这一层属于什么？',
  models: {
    cnn: '图像或信号上的卷积',
    dense: '特征向量上的全连接层',
    sequence: 'Transformer、RNN 或 LSTM',
    style: '风格迁移或图像生成',
  },
  batch: '每台设备一个训练步有多少样本？',
  batches: { large: '16 个以上', small: '2 到 15 个', one: '一个（在线学习）' },
  offset: '速度是否高于一切？',
  offsets: { no: '否', yes: '是：每个词元的开销要最小' },
  answer: '请用：',
  answers: {
    batchNorm: '批归一化。16 个以上样本的统计量足够稳定；推理时几乎没有开销，可以折叠进前一层。',
    groupNorm: '组归一化（8 到 32 组）。这样的批大小下，批归一化的统计量只是噪声；组归一化从不看别的样本。',
    layerNorm: '层归一化。它单独对待每个样本或词元：批大小和序列长度都不限，训练与推理做的事完全一样。',
    rmsNorm:
      'RMS 归一化。去掉均值的层归一化，少扫一遍数据；2019 年以来在多数 Transformer 里效果相当。如果模型是用层归一化训练的，就继续用层归一化。',
    instanceNorm: '实例归一化。它逐通道去掉每张图自己的对比度，这正是风格迁移想要的。',
  },
  code: 'core、onnxruntime-web 和 tfjs 的代码',
};

export default zh;
