import type { TensorInfo } from '../../framework';
import { contextLost } from './context-lost';
import { ANY_SHAPE, blocksOf, type GpuDevice, type GpuProgram, type Split, uniformsOf, WIDE } from './device';
import { toWgsl } from './language';

/** What is used of TensorFlow.js's webgpu backend (4.22.0), all of it public. */
interface WebgpuBackend {
  readonly device: { readonly lost: Promise<unknown>; readonly limits: Readonly<Record<string, number>> };
  runWebGPUProgram(
    program: object,
    inputs: readonly TensorInfo[],
    dtype: 'float32',
    uniforms: { type: 'int32' | 'float32'; data: number[] }[],
  ): TensorInfo;
  disposeData(dataId: object): boolean;
}

/** Threads of a workgroup, where each computes an element of its own. */
const THREADS = 256;

/**
 * Runs programs as compute shaders on the webgpu backend, in the shape that it compiles (tfjs-backend-webgpu,
 * `webgpu_program.ts`, WebGPUProgram). Null on a device too small for them, or a version of TensorFlow.js whose backend
 * is made otherwise.
 */
export function webgpuDevice(backend: object): GpuDevice | null {
  const webgpu = backend as WebgpuBackend;
  const known = ['runWebGPUProgram', 'disposeData'] as const;
  const limits = webgpu.device?.limits;
  if (!known.every((name) => typeof webgpu[name] === 'function') || limits === undefined) return null;
  if ((limits.maxComputeInvocationsPerWorkgroup as number) < THREADS) return null;
  let lost = false;
  void webgpu.device.lost.then(() => {
    lost = true;
  });
  const made = new Map<string, { code: string; uniforms: string[] }>();

  return {
    split([outer, groups, inner]) {
      const n = outer * inner;
      // Lanes side by side read elements side by side: of one group where it has them, else of as many groups.
      const shared = inner >= 16 || groups < 64;
      const { blocks, length } = shared ? blocksOf(n, groups, 64, 2048) : blocksOf(n, groups, 4096, 64);
      return { blocks, length, shared };
    },
    run(program, inputs, { ints, floats }, count, split) {
      const lanes = lanesOf(split);
      const key = `${lanes} ${program.code}`;
      const shader = made.get(key) ?? shaderOf(program, lanes);
      made.set(key, shader);
      const given = { ...ints, count } as Readonly<Record<string, number>>;
      const type = (name: string) => (name in floats ? 'float32' : 'int32');
      return webgpu.runWebGPUProgram(
        {
          variableNames: program.inputs,
          variableComponents: program.inputs.map((name) => (WIDE.has(name) ? 4 : 1)),
          outputComponent: program.wide ? 4 : 1,
          outputShape: [program.wide ? 4 * count : count],
          workgroupSize: [lanes > 1 ? lanes : THREADS, 1, 1],
          dispatchLayout: { x: [0] },
          dispatch: [lanes > 1 ? count : Math.ceil(count / THREADS), 1, 1],
          uniforms: shader.uniforms
            .map((name) => `${name} : ${type(name) === 'float32' ? 'f32' : 'i32'},`)
            .join(' '),
          shaderKey: shader.code,
          getUserCode: () => shader.code,
        },
        inputs.map(({ dataId, dtype }) => ({ dataId, dtype, shape: ANY_SHAPE })),
        'float32',
        shader.uniforms.map((name) => ({
          type: type(name),
          data: [(floats[name] ?? given[name]) as number],
        })),
      );
    },
    dispose: (info) => void webgpu.disposeData(info.dataId),
    lost: () => (lost ? contextLost('webgpu', 'WebGPU device') : null),
  };
}

/** As many lanes as a block keeps busy; 1: none shares a block with another. */
function lanesOf(split: Split | null): number {
  if (split === null || !split.shared) return 1;
  return split.length > 512 ? 256 : 64;
}

function shaderOf(program: GpuProgram, lanes: number) {
  const fetches = program.inputs.map(
    (name) => `fn fetch${name}(i : i32) -> ${WIDE.has(name) ? 'vec4<f32>' : 'f32'} { return ${name}[i]; }`,
  );
  const code = `${fetches.join('\n')}\n${lanes > 1 ? sharing(lanes) : ALONE}\n${program.code}`;
  const lane = lanes > 1 ? 'i32(localIndex)' : '0';
  return { code: toWgsl(code).replace(/\bLANE\b/g, lane), uniforms: uniformsOf({ ...program, code }) };
}

/** Where each thread has an element of its own. */
const ALONE = `
const LANES = 1;
fn together(value : vec2<f32>) -> vec2<f32> { return value; }
fn largestOf(value : u32) -> u32 { return value; }
fn main(index : i32) {
  if (index < $count) { result[index] = value(index); }
}`;

/** Where the lanes of a workgroup share an element. */
function sharing(lanes: number): string {
  const reduced = (name: string, type: string, pool: string, join: string) => `
var<workgroup> ${pool} : array<${type}, ${lanes}>;
fn ${name}(value : ${type}) -> ${type} {
  let lane = i32(localIndex);
  ${pool}[lane] = value;
  workgroupBarrier();
  for (var half = ${lanes / 2}; half > 0; half = half / 2) {
    if (lane < half) { ${pool}[lane] = ${join}; }
    workgroupBarrier();
  }
  let joined = ${pool}[0];
  workgroupBarrier();
  return joined;
}`;
  return `
const LANES = ${lanes};
${reduced('together', 'vec2<f32>', 'pairs', 'pairs[lane] + pairs[lane + half]')}
${reduced('largestOf', 'u32', 'bits', 'max(bits[lane], bits[lane + half])')}
fn main(index : i32) {
  let at = i32(workgroupId.x + numWorkgroups.x * (workgroupId.y + numWorkgroups.y * workgroupId.z));
  let joined = value(min(at, $count - 1));
  if (localIndex == 0u && at < $count) { result[at] = joined; }
}`;
}
