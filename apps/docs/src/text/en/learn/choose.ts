export default {
  title: 'Which one should I use?',
  model: 'What does the layer belong to?',
  models: {
    cnn: 'Convolutions on images or signals',
    dense: 'Dense layers on feature vectors',
    sequence: 'A Transformer, RNN or LSTM',
    style: 'Style transfer or image generation',
  },
  batch: 'How many samples in a training step, per device?',
  batches: { large: '16 or more', small: '2 to 15', one: 'one (online learning)' },
  offset: 'Must speed count above all?',
  offsets: { no: 'no', yes: 'yes: the smallest cost per token' },
  answer: 'Take',
  answers: {
    batchNorm:
      'Batch Norm. The statistics of 16 and more samples are steady, and in inference it costs next to nothing: it can be folded into the layer before it.',
    groupNorm:
      'Group Norm (8 to 32 groups). Batch Norm’s statistics are noise at this batch size; Group Norm never looks at the other samples.',
    layerNorm:
      'Layer Norm. It treats every sample or token alone: any batch size, any sequence length, and training and inference do the same.',
    rmsNorm:
      'RMS Norm. Layer Norm without the mean: one pass less, and as good in most Transformers since 2019. If your model was trained with Layer Norm, keep Layer Norm.',
    instanceNorm:
      'Instance Norm. It takes each picture’s contrast away, channel by channel, which is what style transfer wants.',
  },
  code: 'The code for core, onnxruntime-web and tfjs',
};
