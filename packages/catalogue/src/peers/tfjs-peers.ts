import {
  type CallOf,
  defineAdapter,
  type NormAdapter,
  type NormCall,
  type NormResult,
  type Support,
  type Tensor,
} from '@normlayers/core/adapter';
import type * as tfjs from '@tensorflow/tfjs';
import type { CatalogueEntry } from '../entry';

type TensorFlow = typeof tfjs;
type Forward = CallOf<'layerNorm' | 'batchNorm', 'inference'>;
/** A call ready to be made on uploaded tensors; what it returns belongs to the caller. */
type Compute = (x: tfjs.Tensor) => tfjs.Tensor | Promise<tfjs.Tensor>;

const PEER = { family: 'tfjs', needs: [], timedOnly: true } as const;

/** What a person writes with TensorFlow.js: its layers, with their own code or with ours, and the formula composed by hand. */
export const TFJS_PEERS: readonly CatalogueEntry[] = [
  {
    ...PEER,
    name: 'tfjs-layers/wasm',
    kind: 'ours',
    about: 'the layers of tf.layers with useFastNormalization switched on',
    parts: ['tfjs', 'tfjsWasm'],
    open: async (frameworks) => tfjsLayersAdapter(await frameworks.tfjs('wasm'), 'wasm', 'fast'),
  },
  {
    ...PEER,
    name: 'native:tfjs-layers/wasm',
    kind: 'native',
    about: 'tf.layers.layerNormalization and batchNormalization',
    parts: ['tfjs', 'tfjsWasm'],
    open: async (frameworks) => tfjsLayersAdapter(await frameworks.tfjs('wasm'), 'wasm', 'own'),
  },
  ...['wasm', 'cpu'].map(
    (backend): CatalogueEntry => ({
      ...PEER,
      name: `native:tfjs-ops/${backend}`,
      kind: 'native',
      about: "Layer Norm composed by hand of TensorFlow.js's operations",
      parts: backend === 'wasm' ? ['tfjs', 'tfjsWasm'] : ['tfjs'],
      open: async (frameworks) => tfjsOpsAdapter(await frameworks.tfjs(backend), backend),
    }),
  ),
];

/** Layer Norm as the formula reads, of TensorFlow.js's operations: what a person without our package writes. */
function tfjsOpsAdapter(tf: TensorFlow, backend: string): NormAdapter {
  return tfjsPeer(tf, backend, `native:tfjs-ops/${backend}`, 'composed', ['layerNorm'], (call, keep) => {
    const [gamma, beta] = [call.gamma, call.beta].map((parameter) => keep(parameter as Tensor));
    return (x) =>
      tf.tidy(() => {
        const { mean, variance } = tf.moments(x, -1, true);
        const invStd = tf.rsqrt(tf.add(variance, call.epsilon ?? 1e-5));
        return tf.add(tf.mul(tf.mul(tf.sub(x, mean), invStd), gamma), beta);
      });
  });
}

/**
 * The layers themselves, `tf.layers.layerNormalization` and `tf.layers.batchNormalization`, with their own code or with
 * ours. Ours is switched on and off around each call, because the switch is for all of TensorFlow.js and its own code is
 * timed in the same round; that costs small work some microseconds.
 */
function tfjsLayersAdapter(tf: TensorFlow, backend: string, code: 'own' | 'fast'): NormAdapter {
  const name = `${code === 'own' ? 'native:' : ''}tfjs-layers/${backend}`;
  const via = code === 'own' ? 'native' : 'fused';
  return tfjsPeer(tf, backend, name, via, ['layerNorm', 'batchNorm'], (call, keep, onDispose) => {
    const { shape } = call.x;
    const epsilon = call.epsilon ?? 1e-5;
    const axis = call.op === 'layerNorm' || call.layout === 'channels-last' ? shape.length - 1 : 1;
    const layer =
      call.op === 'layerNorm'
        ? tf.layers.layerNormalization({ axis, epsilon })
        : tf.layers.batchNormalization({ axis, epsilon });
    layer.build([...shape]);
    onDispose(() => {
      for (const weight of layer.weights) weight.dispose();
    });
    const statistics = call.op === 'batchNorm' ? [call.mean, call.variance] : [];
    layer.setWeights([call.gamma as Tensor, call.beta as Tensor, ...statistics].map(keep));
    const apply = (x: tfjs.Tensor) => tf.tidy(() => layer.apply(x) as tfjs.Tensor);
    if (code === 'own') return apply;
    return async (x) => {
      const fast = await (await import('@normlayers/tfjs')).useFastNormalization(tf);
      try {
        return apply(x);
      } finally {
        fast.undo();
      }
    };
  });
}

function tfjsPeer(
  tf: TensorFlow,
  backend: string,
  name: string,
  via: 'native' | 'composed' | 'fused',
  ops: readonly NormCall['op'][],
  compile: (
    call: Forward,
    keep: (tensor: Tensor) => tfjs.Tensor,
    onDispose: (free: () => void) => void,
  ) => Compute,
): NormAdapter {
  return defineAdapter({
    name,
    supports(call): Support {
      const reason = refusal(call, ops);
      return reason === null ? { supported: true, via } : { supported: false, reason };
    },
    async prepare(call) {
      await tf.setBackend(backend);
      const frees: (() => void)[] = [];
      const keep = ({ data, shape }: Tensor) => {
        const tensor = tf.tensor((data as Float32Array).slice(), [...shape]);
        frees.push(() => tensor.dispose());
        return tensor;
      };
      const x = keep(call.x);
      const compute = compile(call as Forward, keep, (free) => frees.push(free));
      let y: tfjs.Tensor | null = null;
      return {
        async run() {
          y?.dispose();
          y = null;
          if (tf.getBackend() !== backend) await tf.setBackend(backend);
          y = await compute(x);
        },
        async read(): Promise<NormResult> {
          const { dtype, shape } = call.x;
          return { y: { dtype, shape, data: (await y?.data()) as Float32Array } };
        },
        dispose() {
          y?.dispose();
          y = null;
          for (const free of frees.splice(0)) free();
        },
      };
    },
  });
}

function refusal(call: NormCall, ops: readonly NormCall['op'][]): string | null {
  const { op, mode, x } = call;
  if (!ops.includes(op) || mode !== 'inference')
    return `this peer computes ${ops.join(' and ')} inference only`;
  if (x.dtype !== 'float32') return `TensorFlow.js has no ${x.dtype} tensors`;
  if (x.shape.length < 2 || x.shape.length > 4) return 'tf.layers normalize tensors of rank 2 to 4';
  const given = call.gamma !== undefined && 'beta' in call && call.beta !== undefined;
  return given && !('axes' in call) ? null : 'this peer takes gamma and beta, and the last axis';
}
