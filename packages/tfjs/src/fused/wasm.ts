import { compute, NormError, type NormResult, sizeOf } from '@normlayers/core/adapter';
import { type Allocator, createNormInPlace } from '@normlayers/wasm';
import { fromGroups, groupedViewOf, toGroups } from '../chain/grouped-view';
import type { TensorFlow, TensorInfo, TfTensor } from '../framework';
import { type ReadingBackend, tensorsOf, withArrays } from './arrays';
import type { FusedKernels } from './fused-kernels';

/** What is used of TensorFlow.js's wasm backend. */
interface WasmBackend extends ReadingBackend {
  readonly wasm: {
    /** The build without threads exports its memory here. */
    readonly asm?: { readonly memory?: Allocator['memory'] };
    _malloc(bytes: number): number;
    _free(place: number): void;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
}

/**
 * The SIMD kernels of `@normlayers/wasm` over the memory that the wasm backend's tensors lie in: nothing is
 * copied but parameters. Null where that memory cannot be had: the threaded build shares it with its workers
 * and does not export it.
 */
export async function loadWasmKernels(tf: TensorFlow, backend: object): Promise<FusedKernels | null> {
  const allocator = allocatorOf(backend);
  if (allocator === null) return null;
  const norm = await createNormInPlace(allocator, { float64: false });
  const { dataIdMap, makeOutput } = backend as WasmBackend;
  const copyOf = (tensor: TfTensor) => (backend as WasmBackend).readSync(tensor.dataId);
  const placeOf = (tensor: TfTensor | TensorInfo) => dataIdMap.get(tensor.dataId).memoryOffset;

  return {
    compute(call, plan) {
      if (sizeOf(call.x.shape) === 0) return tensorsOf(tf, compute(withArrays(call, copyOf)) as NormResult);
      const grouped = groupedViewOf(plan.view, call.x.shape);
      const inOrder = (tensor: TfTensor) =>
        grouped.transpose === null ? tensor : toGroups(tf, tensor, grouped);
      const x = inOrder(call.x);
      const dy = call.mode === 'backward' ? inOrder(call.dy) : null;
      const out = makeOutput.call(backend, [...x.shape], 'float32');
      const y = tf.engine().makeTensorFromTensorInfo(out) as TfTensor;
      const large = new Set([call.x, call.mode === 'backward' ? call.dy : null]);
      const small = withArrays(call, (tensor) => (large.has(tensor) ? NO_DATA : copyOf(tensor)));
      const places = { x: placeOf(x), out: placeOf(y), dy: dy === null ? 0 : placeOf(dy) };
      const others = norm.run(small, plan, places);
      const result = grouped.transpose === null ? y : fromGroups(tf, y, grouped);
      return { [dy === null ? 'y' : 'dx']: result, ...tensorsOf(tf, others) } as NormResult<TfTensor>;
    },
  };
}

const NO_DATA = new Float32Array();

/** Null for a backend that does not show its memory, or has it shared among threads. */
function allocatorOf(backend: object): Allocator | null {
  const { wasm } = backend as Partial<WasmBackend>;
  const memory = wasm?.asm?.memory;
  if (!(memory?.buffer instanceof ArrayBuffer)) return null;
  return {
    memory,
    allocate(bytes) {
      const place = (wasm as WasmBackend['wasm'])._malloc(bytes);
      if (place !== 0) return place;
      throw new NormError(
        'out-of-memory',
        `TensorFlow.js's wasm backend has no ${bytes} bytes left. Dispose of tensors, or split the call.`,
      );
    },
    release: (place) => (wasm as WasmBackend['wasm'])._free(place),
  };
}
