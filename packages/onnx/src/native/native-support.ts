import { argumentUnsupported, type Mode, type Op, type Support } from '@normlayers/core/adapter';
import type { DescribedCall } from '../graphs/call-graph';
import type { Provider } from '../provider';

/** ONNX's operator for each operation. */
export const OPERATOR_NAMES: Readonly<Record<Op, string>> = {
  batchNorm: 'BatchNormalization',
  layerNorm: 'LayerNormalization',
  instanceNorm: 'InstanceNormalization',
  groupNorm: 'GroupNormalization',
  rmsNorm: 'RMSNormalization',
};

/** What ONNX has for a call, and what for lack of a kernel ONNX Runtime Web's provider (1.30) does not run. */
export function nativeSupport(call: DescribedCall, provider: Provider): Support {
  const { op, mode, x } = call;
  const other = argumentUnsupported(call, []);
  if (other !== null) return other;
  if (mode === 'backward') return unsupported('no-gradient', 'ONNX has no gradient operators');
  if (provider === 'webgl') return webglSupport(call);
  if (isComposed(op, mode)) return { supported: true, via: 'composed' };
  if (op === 'instanceNorm' && x.dtype === 'float64') {
    return unsupported('no-kernel', 'ONNX Runtime has no float64 kernel for InstanceNormalization', {
      operator: OPERATOR_NAMES[op],
      dtype: x.dtype,
    });
  }
  return { supported: true, via: 'native' };
}

/** Whether no one operator gives what a call asks for. */
export function isComposed(op: Op, mode: Mode): boolean {
  return mode === 'training' && (op === 'instanceNorm' || op === 'groupNorm');
}

function webglSupport({ op, mode, x }: DescribedCall): Support {
  const operator = OPERATOR_NAMES[op];
  if (op !== 'batchNorm' && op !== 'instanceNorm') {
    return unsupported('no-operator', `ONNX Runtime’s WebGL provider has no ${operator}`, { operator });
  }
  if (mode === 'training' && op === 'batchNorm') {
    return unsupported('no-training', `the WebGL provider’s ${operator} has no training mode`, { operator });
  }
  if (mode === 'training')
    return unsupported('no-statistics', `${operator} gives no statistics`, { operator });
  if (op === 'batchNorm' && x.shape.length < NATIVE_WEBGL_RANK[op]) {
    return unsupported('rank', `the WebGL provider’s ${operator} takes three dimensions or more`, {
      operator,
      least: NATIVE_WEBGL_RANK[op],
    });
  }
  return { supported: true, via: 'native' };
}

/** How many axes x has to have for these operators, at least; InstanceNormalization takes no other number. */
export const NATIVE_WEBGL_RANK = { batchNorm: 3, instanceNorm: 4 } as const;

function unsupported(code: string, reason: string, values: Record<string, string | number> = {}): Support {
  return { supported: false, code, reason, values };
}
