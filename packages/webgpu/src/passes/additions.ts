import {
  type CallPlan,
  callOnSum,
  type NormCall,
  sizeOf,
  type TensorDescription,
  tensorsOf,
} from '@normlayers/core/adapter';
import { addToGradientKernel, addUniforms, addWorkgroups, sumKernel } from '../shaders/kernels/add';
import type { Pass } from './pass';

/** The passes of a call without residual and dsum; with them, a pass in front for the one and a last one for the other. */
export function withAdditions(
  call: NormCall<TensorDescription>,
  { outputs }: CallPlan,
  passesOf: (plain: NormCall<TensorDescription>) => Pass[],
): Pass[] {
  const { x, residual, dsum } = tensorsOf(call);
  const passes = passesOf(residual === undefined && dsum === undefined ? call : callOnSum(call, x));
  const size = sizeOf(x.shape);
  const type = x.dtype === 'float16' ? 'f16' : 'f32';
  const common = { uniforms: addUniforms(size), count: addWorkgroups(size) };
  if (residual !== undefined) {
    for (const [i, pass] of passes.entries()) passes[i] = readingSum(pass);
    passes.unshift({
      program: sumKernel(type, size),
      inputs: { x: 'x', residual: 'residual' },
      outputs: { sum: 'sum' },
      // Forward it is a result.
      scratch: outputs.sum === undefined ? { sum: size * (type === 'f16' ? 2 : 4) } : {},
      ...common,
    });
  }
  if (dsum !== undefined) {
    passes.push({
      program: addToGradientKernel(type, size),
      inputs: { dsum: 'dsum' },
      outputs: { dx: 'dx' },
      scratch: {},
      ...common,
    });
  }
  return passes;
}

function readingSum(pass: Pass): Pass {
  const inputs = Object.entries(pass.inputs).map(([binding, name]) => [binding, name === 'x' ? 'sum' : name]);
  return { ...pass, inputs: Object.fromEntries(inputs) };
}
