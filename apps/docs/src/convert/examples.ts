/** A framework whose files the page names; TensorFlow.js keeps Keras's names and conventions. */
export type Framework = 'pytorch' | 'keras' | 'tfjs' | 'onnx' | 'flax';

/** The same layer as each framework would write it down, with that framework's own defaults. */
export const EXAMPLES: Readonly<Record<Framework, string>> = {
  pytorch: `{
  "bn1.weight": [1.5, 0.8, 1.1],
  "bn1.bias": [0.1, -0.2, 0],
  "bn1.running_mean": [12, -3, 0.5],
  "bn1.running_var": [4, 0.25, 0.001],
  "bn1.num_batches_tracked": 400,
  "momentum": 0.1
}`,
  keras: `{
  "bn/gamma": [1.5, 0.8, 1.1],
  "bn/beta": [0.1, -0.2, 0],
  "bn/moving_mean": [12, -3, 0.5],
  "bn/moving_variance": [4, 0.25, 0.001],
  "epsilon": 0.001,
  "momentum": 0.99
}`,
  tfjs: `{
  "batch_normalization_BatchNorm1/gamma": [1.5, 0.8, 1.1],
  "batch_normalization_BatchNorm1/beta": [0.1, -0.2, 0],
  "batch_normalization_BatchNorm1/moving_mean": [12, -3, 0.5],
  "batch_normalization_BatchNorm1/moving_variance": [4, 0.25, 0.001],
  "epsilon": 0.001
}`,
  onnx: `{
  "scale": [1.5, 0.8, 1.1],
  "B": [0.1, -0.2, 0],
  "input_mean": [12, -3, 0.5],
  "input_var": [4, 0.25, 0.001],
  "epsilon": 0.00001,
  "momentum": 0.9
}`,
  flax: `{
  "params": { "BatchNorm_0": { "scale": [1.5, 0.8, 1.1], "bias": [0.1, -0.2, 0] } },
  "batch_stats": { "BatchNorm_0": { "mean": [12, -3, 0.5], "var": [4, 0.25, 0.001] } },
  "epsilon": 0.00001
}`,
};
