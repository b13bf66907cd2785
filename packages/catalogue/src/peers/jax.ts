import type { Array as JaxArray } from '@jax-js/jax';
import {
  defineAdapter,
  type NormAdapter,
  type NormCall,
  NormError,
  type NormResult,
  type Tensor,
} from '@normlayers/core/adapter';
import type { CatalogueEntry } from '../entry';
import type { Frameworks } from '../frameworks';

/** jax-js, in Node: a page would have to be served its files. */
export const JAX: readonly CatalogueEntry[] = [
  {
    name: 'native:jax-js/wasm',
    family: 'jax-js',
    kind: 'native',
    about: 'nn.standardize of @jax-js/jax, compiled by its jit',
    needs: ['node'],
    parts: [],
    timedOnly: true,
    open: jaxAdapter,
  },
];

/** Before it, V8 refuses to link jax-js's kernels: their memory import has a maximum, the memory has none. */
const FIRST_NODE = 22;

/**
 * jax-js as it comes: `nn.standardize`, scale and shift in one `jit`. An optional peer: whoever wants it timed installs
 * `@jax-js/jax`.
 *
 * @throws NormError `backend` where it is not installed, or does not run here.
 */
async function jaxAdapter({ jax: load }: Frameworks): Promise<NormAdapter> {
  if (Number.parseInt(process.versions.node, 10) < FIRST_NODE) {
    throw new NormError(
      'backend',
      `jax-js needs Node.js ${FIRST_NODE} or later; this is ${process.versions.node}`,
    );
  }
  const jax = await load().catch((cause) => {
    throw new NormError('backend', 'its package @jax-js/jax is not installed, or does not run here', {
      cause,
    });
  });
  const devices = await jax.init('wasm');
  if (!devices.includes('wasm')) throw new NormError('backend', 'jax-js finds no WebAssembly here');
  const { nn, numpy } = jax;
  const upload = ({ data, shape }: Tensor) =>
    numpy.array(data as Float32Array<ArrayBuffer>, { shape: [...shape], device: 'wasm' });
  return defineAdapter({
    name: 'native:jax-js/wasm',
    supports(call) {
      const reason = refusal(call);
      return reason === null ? { supported: true, via: 'composed' } : { supported: false, reason };
    },
    prepare(call) {
      const epsilon = call.epsilon ?? 1e-5;
      const compute = jax.jit(
        (x: JaxArray, gamma: JaxArray, beta: JaxArray): JaxArray =>
          nn.standardize(x, -1, { epsilon }).mul(gamma).add(beta),
      );
      const { beta } = call as NormCall & { beta: Tensor };
      const inputs = [call.x, call.gamma as Tensor, beta].map(upload);
      let y: JaxArray | null = null;
      return {
        async run() {
          y?.dispose();
          y = null;
          // A call uses its arguments up; `ref` keeps them.
          const [x, gamma, shift] = inputs.map((input) => input.ref);
          y = compute(x, gamma, shift);
          await y.blockUntilReady();
        },
        async read(): Promise<NormResult> {
          const { dtype, shape } = call.x;
          return { y: { dtype, shape, data: (await y?.ref.data()) as Float32Array } };
        },
        dispose() {
          y?.dispose();
          y = null;
          for (const input of inputs.splice(0)) input.dispose();
          compute.dispose();
        },
      };
    },
  });
}

function refusal(call: NormCall): string | null {
  if (call.op !== 'layerNorm' || call.mode !== 'inference')
    return 'this peer computes layerNorm inference only';
  if (call.x.dtype !== 'float32') return 'this peer takes float32 only';
  const given = call.gamma !== undefined && call.beta !== undefined && call.axes === undefined;
  return given ? null : 'this peer takes gamma and beta, and the last axis';
}
