import type { OutputName } from '../call/call';
import type { TensorsOf } from '../call/call-tensors';
import type { Mode } from '../call/operations';
import type { DType, TensorDescription } from '../tensor/tensor';
import type { NormView } from './views';

/** Type and shape of everything that a call returns, by name. */
export type Outputs = { readonly [name in OutputName]?: TensorDescription };

/** Works out what a call returns. Parameters' gradients and running statistics have the shape that those were given in. */
export function outputsOf(
  mode: Mode,
  tensors: TensorsOf<TensorDescription>,
  facts: { readonly centred: boolean; readonly statisticsType: DType; readonly view: NormView },
): Outputs {
  const { centred, statisticsType, view } = facts;
  const { x } = tensors;
  const outputs: { [name in OutputName]?: TensorDescription } = {};
  const like = ({ dtype, shape }: TensorDescription): TensorDescription => ({ dtype, shape: [...shape] });
  if (mode === 'backward') {
    outputs.dx = like(x);
    outputs.dgamma = like(tensors.gamma ?? { dtype: x.dtype, shape: view.parameters.shape });
    if (centred) outputs.dbeta = like(outputs.dgamma);
    if (tensors.mean !== undefined) outputs.dmean = like(tensors.mean);
    if (tensors.variance !== undefined) outputs.dvariance = like(tensors.variance);
    return outputs;
  }
  outputs.y = like(x);
  if (tensors.residual !== undefined) outputs.sum = like(x);
  if (mode === 'inference') return outputs;
  for (const name of centred ? (['mean', 'invStd'] as const) : (['invRms'] as const)) {
    outputs[name] = like({ dtype: statisticsType, shape: view.statisticsShape });
  }
  if (tensors.runningMean !== undefined) outputs.runningMean = like(tensors.runningMean);
  if (tensors.runningVar !== undefined) outputs.runningVar = like(tensors.runningVar);
  return outputs;
}
