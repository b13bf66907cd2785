import type { TensorFlow } from '../framework';

/** What is used of TensorFlow.js's WebGPU backend. */
interface WebgpuBackend {
  readonly queue: { onSubmittedWorkDone(): Promise<void> };
  /** Calls that were recorded and not handed over: TensorFlow.js does that after 15 of them. */
  readonly commandEncoder: object | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** What is used of its WebGL backend. */
interface WebglBackend {
  readonly gpgpu: { readonly gl: Context };
}

/** What is used of a WebGL context. */
interface Context {
  readonly SYNC_GPU_COMMANDS_COMPLETE: number;
  readonly TIMEOUT_EXPIRED: number;
  /** Not there in WebGL 1. */
  fenceSync?(condition: number, flags: number): object | null;
  clientWaitSync(fence: object, flags: number, timeout: number): number;
  deleteSync(fence: object): void;
  flush(): void;
}

/** A message port as browsers have it. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

/**
 * Done when the current backend has computed all that was asked of it. Nothing is returned where it has no
 * GPU.
 */
export function settled(tf: TensorFlow, backend: string): Promise<void> | undefined {
  switch (backend) {
    case 'webgpu':
      return webgpuSettled(tf.backend() as unknown as WebgpuBackend);
    case 'webgl':
      return webglSettled((tf.backend() as unknown as WebglBackend).gpgpu.gl);
    default:
      return undefined;
  }
}

async function webgpuSettled(backend: WebgpuBackend): Promise<void> {
  if (backend.commandEncoder !== null) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
  await backend.queue.onSubmittedWorkDone();
}

/** By a fence, which a browser looks at between two tasks only; timers would make every call last 4 ms. */
async function webglSettled(gl: Context): Promise<void> {
  const fence = gl.fenceSync?.(gl.SYNC_GPU_COMMANDS_COMPLETE, 0) ?? null;
  if (fence === null) return;
  gl.flush();
  const { port1, port2 } = new MessageChannel() as unknown as { port1: Port; port2: Port };
  // A lost context makes the wait fail.
  while (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) {
    await new Promise<void>((resolve) => {
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
  }
  port1.close();
  gl.deleteSync(fence);
}
