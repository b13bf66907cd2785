/** The parts of WebGPU that are counted; TypeScript's DOM types have none. */
interface Methods {
  // biome-ignore lint/suspicious/noExplicitAny: any method of any class.
  [name: string]: (...given: any[]) => unknown;
}

interface GpuClasses {
  readonly GPUBuffer?: { readonly prototype: Methods };
  readonly GPUDevice?: { readonly prototype: Methods };
  readonly GPUCommandEncoder?: { readonly prototype: Methods };
  readonly GPUComputePassEncoder?: { readonly prototype: Methods };
}

export interface DeviceCounts {
  /** Copies into buffers that the CPU can read, and reads of such buffers. */
  downloads: number;
  /** Passes of the GPU: dispatches of WebGPU, draws of WebGL. */
  passes: number;
  /** What is there now. */
  buffers: number;
  textures: number;
  programs: number;
  workers: number;
}

const MAP_READ = 1;

/** Counts what this page does on its devices from here on. Before a framework is loaded. */
export function countDevices(): DeviceCounts {
  const counts = { downloads: 0, passes: 0, buffers: 0, textures: 0, programs: 0, workers: 0 };
  const gpu = globalThis as unknown as GpuClasses;
  before(gpu.GPUBuffer, 'mapAsync', (mode) => {
    if (mode === MAP_READ) counts.downloads++;
  });
  before(gpu.GPUCommandEncoder, 'copyBufferToBuffer', (...given) => {
    const target = given.slice(1).find((value) => typeof value === 'object') as { usage: number };
    if ((target.usage & MAP_READ) !== 0) counts.downloads++;
  });
  before(gpu.GPUComputePassEncoder, 'dispatchWorkgroups', () => counts.passes++);
  before(gpu.GPUComputePassEncoder, 'dispatchWorkgroupsIndirect', () => counts.passes++);

  const destroyed = new WeakSet<object>();
  before(gpu.GPUDevice, 'createBuffer', () => counts.buffers++);
  before(gpu.GPUBuffer, 'destroy', function (this: object) {
    if (!destroyed.has(this)) counts.buffers--;
    destroyed.add(this);
  });

  const gl = WebGL2RenderingContext as unknown as { readonly prototype: Methods };
  before(gl, 'drawArrays', () => counts.passes++);
  before(gl, 'createTexture', () => counts.textures++);
  before(gl, 'deleteTexture', () => counts.textures--);
  before(gl, 'createProgram', () => counts.programs++);
  before(gl, 'deleteProgram', () => counts.programs--);

  globalThis.Worker = class extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      counts.workers++;
    }
  };
  before(Worker as unknown as { readonly prototype: Methods }, 'terminate', () => counts.workers--);
  return counts;
}

/** Also does `also` wherever a method of a class is called, with what it is given. */
function before(
  type: { readonly prototype: Methods } | undefined,
  method: string,
  // biome-ignore lint/suspicious/noExplicitAny: as given to any method.
  also: (this: any, ...given: any[]) => unknown,
): void {
  if (type === undefined) return;
  const original = type.prototype[method];
  type.prototype[method] = function (this: unknown, ...given: unknown[]) {
    also.apply(this, given);
    return original.apply(this, given);
  };
}
