import { NormError } from '@normlayers/core/adapter';
import type { GpuLimits } from '../passes/limits';
import type { Pass, ScratchName } from '../passes/pass';
import type { Program } from '../shaders/program/form';
import { bytesOf, type GpuTensor, STORAGE, UNIFORM } from './gpu-tensor';

/** How many uniform buffers are kept, each of a few hundred bytes. */
const KEPT_UNIFORMS = 512;

interface Scratch {
  readonly buffer: GPUBuffer;
  /** Whether somebody's command encoder holds it, which may not have been submitted. */
  lent: boolean;
}

/**
 * Records passes on a device. What it makes it keeps: a pipeline for each program; a uniform buffer for each
 * content, which is never written again, so that nobody's commands see another call's; and one scratch buffer
 * of each name, which calls share, since a queue runs them one after the other.
 */
export class PassRunner {
  readonly #device: GPUDevice;
  readonly #limits: GpuLimits;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly #compiling = new Map<string, Promise<void>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #uniforms = new Map<string, GPUBuffer>();
  readonly #scratch = new Map<ScratchName, Scratch>();

  constructor(device: GPUDevice, limits: GpuLimits) {
    this.#device = device;
    this.#limits = limits;
  }

  /** Compiles what has not been compiled, without keeping this thread. */
  async ready(passes: readonly Pass[]): Promise<void> {
    await Promise.all(passes.map(({ program }) => this.#compile(program)));
  }

  /**
   * Records the passes of a call.
   *
   * @param tensors the call's tensors and results by the names that passes use.
   * @param lent whether the commands are submitted by somebody else, who knows when.
   * @throws NormError `unsupported`, where the device cannot dispatch so much.
   */
  record(
    encoder: GPUComputePassEncoder,
    passes: readonly Pass[],
    tensors: Readonly<Record<string, GpuTensor>>,
    results: Readonly<Record<string, GpuTensor>>,
    lent: boolean,
  ): void {
    for (const pass of passes) {
      const [x, y] = this.#workgroups(pass);
      const bound = (name: string): GPUBufferBinding => {
        const input = pass.inputs[name];
        // A result may be read by later passes, as the sum with a residual is.
        const tensor =
          input !== undefined ? (tensors[input] ?? results[input]) : results[pass.outputs[name] as string];
        if (tensor === undefined) {
          return { buffer: this.#scratchOf((input ?? pass.outputs[name]) as ScratchName, pass, lent) };
        }
        return { buffer: tensor.buffer, offset: tensor.offset ?? 0, size: bytesOf(tensor) };
      };
      const { bindings } = pass.program;
      encoder.setPipeline(this.#pipeline(pass.program));
      encoder.setBindGroup(
        0,
        this.#device.createBindGroup({
          layout: this.#layout(pass.program),
          entries: [
            ...bindings.map(({ name }, binding) => ({ binding, resource: bound(name) })),
            { binding: bindings.length, resource: { buffer: this.#uniform(pass.uniforms) } },
          ],
        }),
      );
      encoder.dispatchWorkgroups(x, y);
    }
  }

  dispose(): void {
    for (const buffer of this.#uniforms.values()) buffer.destroy();
    for (const { buffer } of this.#scratch.values()) buffer.destroy();
    this.#uniforms.clear();
    this.#scratch.clear();
    this.#pipelines.clear();
  }

  /** @throws NormError `unsupported`, where a pass has more buffers or workgroups than the device takes. */
  check(passes: readonly Pass[]): void {
    for (const pass of passes) {
      this.#workgroups(pass);
      const { length } = pass.program.bindings;
      if (length > this.#limits.maxStorageBuffers) {
        throw new NormError(
          'unsupported',
          `a kernel of this call takes ${length} buffers; this device binds ${this.#limits.maxStorageBuffers} (its maxStorageBuffersPerShaderStage).`,
          { values: { buffers: length, most: this.#limits.maxStorageBuffers } },
        );
      }
    }
  }

  #workgroups({ count }: Pass): [number, number] {
    const most = this.#limits.maxWorkgroups;
    const y = Math.ceil(count / most);
    if (y <= most) return [Math.min(count, most), y];
    throw new NormError(
      'unsupported',
      `this call takes ${count} workgroups; this device dispatches ${most ** 2}.`,
      {
        values: { workgroups: count, most: most ** 2 },
      },
    );
  }

  #pipeline(program: Program): GPUComputePipeline {
    let pipeline = this.#pipelines.get(program.key);
    if (pipeline === undefined) {
      pipeline = this.#device.createComputePipeline(this.#description(program));
      this.#pipelines.set(program.key, pipeline);
    }
    return pipeline;
  }

  #compile(program: Program): Promise<void> {
    if (this.#pipelines.has(program.key)) return Promise.resolve();
    let compiling = this.#compiling.get(program.key);
    if (compiling === undefined) {
      compiling = this.#device
        .createComputePipelineAsync(this.#description(program))
        .then((pipeline) => void this.#pipelines.set(program.key, pipeline))
        .catch((cause) => {
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw new NormError(
            'backend',
            `this device does not compile the kernel ${program.name}: ${reason}`,
            {
              cause,
            },
          );
        })
        .finally(() => this.#compiling.delete(program.key));
      this.#compiling.set(program.key, compiling);
    }
    return compiling;
  }

  #description(program: Program): GPUComputePipelineDescriptor {
    return {
      label: program.name,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [this.#layout(program)] }),
      compute: { module: this.#device.createShaderModule({ label: program.name, code: program.code }) },
    };
  }

  #layout({ bindings }: Program): GPUBindGroupLayout {
    const key = bindings.map(({ access }) => access).join();
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      const types: GPUBufferBindingType[] = bindings.map(({ access }) =>
        access === 'read' ? 'read-only-storage' : 'storage',
      );
      layout = this.#device.createBindGroupLayout({
        entries: [...types, 'uniform' as const].map((type, binding) => ({
          binding,
          visibility: COMPUTE_STAGE,
          buffer: { type },
        })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  #uniform(words: Uint32Array): GPUBuffer {
    const key = words.join();
    let buffer = this.#uniforms.get(key);
    if (buffer === undefined) {
      buffer = this.#device.createBuffer({ size: words.byteLength, usage: UNIFORM, mappedAtCreation: true });
      new Uint32Array(buffer.getMappedRange()).set(words);
      buffer.unmap();
    }
    // The last one used is the last one dropped. Not destroyed: somebody's commands may hold it.
    this.#uniforms.delete(key);
    this.#uniforms.set(key, buffer);
    if (this.#uniforms.size > KEPT_UNIFORMS)
      this.#uniforms.delete(this.#uniforms.keys().next().value as string);
    return buffer;
  }

  #scratchOf(name: ScratchName, { scratch }: Pass, lent: boolean): GPUBuffer {
    let held = this.#scratch.get(name);
    const bytes = scratch[name] ?? 0;
    if (held === undefined || held.buffer.size < bytes) {
      if (held?.lent === false) held.buffer.destroy();
      const size = 2 ** Math.ceil(Math.log2(Math.max(bytes, 4096)));
      held = { buffer: this.#device.createBuffer({ size, usage: STORAGE }), lent };
      this.#scratch.set(name, held);
    }
    held.lent ||= lent;
    return held.buffer;
  }
}

/** GPUShaderStage.COMPUTE. */
const COMPUTE_STAGE = 4;
