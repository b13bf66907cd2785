import { NormError } from '@normlayers/core/adapter';
import { OnnxGraph } from '@normlayers/onnx';
import type * as webgpu from '@normlayers/webgpu';
import type { OnnxRuntime, OrtSession } from './framework';
import { inTurn } from './turns';

/** The device, and what computes on it and copies to and from it. */
export interface OpenDevice {
  readonly device: GPUDevice;
  readonly kernels: typeof webgpu;
}

interface Opened extends OpenDevice {
  readonly session: OrtSession;
}

/**
 * ONNX Runtime's own WebGPU device. The runtime asks for it when it makes its first session with provider `webgpu`, and
 * destroys it with the last: a session of one addition is kept, so that the device stays.
 */
export class OrtDevice {
  readonly #ort: OnnxRuntime;
  readonly #name: string;
  #opened: Promise<Opened> | null = null;

  /** @param name of the adapter, in errors. */
  constructor(ort: OnnxRuntime, name: string) {
    this.#ort = ort;
    this.#name = name;
  }

  /** @throws NormError `backend` where ONNX Runtime has none. */
  open(): Promise<OpenDevice> {
    if (this.#opened === null) {
      const opened = this.#open();
      this.#opened = opened;
      // The next call tries again: a page may have been offline while the runtime or the kernels were loaded.
      opened.catch(() => {
        if (this.#opened === opened) this.#opened = null;
      });
    }
    return this.#opened;
  }

  async dispose(): Promise<void> {
    const opened = await this.#opened?.catch(() => null);
    this.#opened = null;
    if (opened) await inTurn(this.#ort, () => opened.session.release());
  }

  async #open(): Promise<Opened> {
    try {
      const kernels = await import('@normlayers/webgpu');
      const session = await inTurn(this.#ort, () =>
        this.#ort.InferenceSession.create(smallestModel(), { executionProviders: ['webgpu'] }),
      );
      const device = await this.#ort.env?.webgpu.device;
      if (device !== undefined) return { device: device as unknown as GPUDevice, kernels, session };
      await inTurn(this.#ort, () => session.release());
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new NormError('backend', `${this.#name}: ONNX Runtime has no WebGPU device: ${reason}`, {
        cause,
      });
    }
    throw new NormError('backend', `${this.#name}: ort.env.webgpu has no device.`);
  }
}

/** x + x. */
function smallestModel(): Uint8Array {
  const graph = new OnnxGraph();
  const x = graph.input('x', 'float32', ['n']);
  graph.output('y', graph.node('Add', [x, x]));
  return graph.toBytes();
}
