import type { GpuProbe } from '@normlayers/benchmark';

/** The parts of WebGPU that are watched; TypeScript's own DOM types lack it. */
interface GpuQueue {
  onSubmittedWorkDone(): Promise<void>;
}

interface GpuGlobals {
  readonly GPUComputePassEncoder?: { readonly prototype: object };
  readonly GPURenderPassEncoder?: { readonly prototype: object };
  readonly GPUQueue?: { readonly prototype: object };
}

const WEBGPU_PASSES = ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect', 'draw', 'drawIndexed'];
const WEBGL_PASSES = ['drawArrays', 'drawElements', 'drawArraysInstanced', 'drawElementsInstanced'];

/** Watches what is asked of GPUs from now on: to be called once in a worker, before a framework is loaded. */
export function watchGpus(): GpuProbe {
  const { GPUComputePassEncoder, GPURenderPassEncoder, GPUQueue } = globalThis as GpuGlobals;
  const queues = new Set<GpuQueue>();
  const contexts = new Set<WebGL2RenderingContext>();
  let passes = 0;
  const count = () => {
    passes += 1;
  };
  for (const encoder of [GPUComputePassEncoder, GPURenderPassEncoder]) {
    for (const name of WEBGPU_PASSES) before(encoder?.prototype, name, count);
  }
  before(GPUQueue?.prototype, 'submit', (queue) => queues.add(queue as GpuQueue));
  if (typeof WebGL2RenderingContext !== 'undefined') {
    for (const name of WEBGL_PASSES) {
      before(WebGL2RenderingContext.prototype, name, (context) => {
        count();
        contexts.add(context as WebGL2RenderingContext);
      });
    }
  }
  return {
    get passes() {
      return passes;
    },
    settled() {
      if (queues.size + contexts.size === 0) return undefined;
      const waits = [
        ...[...queues].map((queue) => queue.onSubmittedWorkDone()),
        ...[...contexts].map(finished),
      ];
      queues.clear();
      contexts.clear();
      return Promise.all(waits).then(() => undefined);
    },
  };
}

/** Has something done before each call of a method, where there is such a method. */
function before(prototype: object | undefined, name: string, then: (self: unknown) => void): void {
  const own = prototype && (prototype as Record<string, unknown>)[name];
  if (typeof own !== 'function') return;
  (prototype as Record<string, unknown>)[name] = function (this: unknown, ...given: unknown[]) {
    then(this);
    return own.apply(this, given);
  };
}

/** Asks again in new tasks, which come at once: a timer's would come 4 ms apart. */
async function finished(context: WebGL2RenderingContext): Promise<void> {
  const fence = context.fenceSync(context.SYNC_GPU_COMMANDS_COMPLETE, 0);
  if (fence === null) return;
  const { port1, port2 } = new MessageChannel();
  context.flush();
  while (context.clientWaitSync(fence, 0, 0) === context.TIMEOUT_EXPIRED) {
    await new Promise<unknown>((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
  }
  port1.close();
  context.deleteSync(fence);
}
