import type { GpuProbe } from './gpu-probe';

/** What is used here of WebGPU; TypeScript's own DOM types lack it. */
interface Queue {
  submit(...args: unknown[]): void;
  onSubmittedWorkDone(): Promise<void>;
}
type Context = WebGLRenderingContext | WebGL2RenderingContext;

/** What makes a pass, by the name of the class that has the method. */
const PASSES: Readonly<Record<string, readonly string[]>> = {
  GPUComputePassEncoder: ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'],
  GPURenderPassEncoder: ['draw', 'drawIndexed', 'drawIndirect', 'drawIndexedIndirect'],
  WebGLRenderingContext: ['drawArrays', 'drawElements'],
  WebGL2RenderingContext: [
    'drawArrays',
    'drawElements',
    'drawArraysInstanced',
    'drawElementsInstanced',
    'drawRangeElements',
  ],
};

/**
 * Sees the passes of every GPU device and context of this thread, whichever framework makes them, by wrapping the
 * browser's own methods; so it is to be called before a framework is loaded.
 */
export function watchGpus(): GpuProbe {
  let passes = 0;
  /** Queues and contexts that work was handed to since they were last waited for. */
  const outstanding = new Set<Queue | Context>();
  for (const [className, methods] of Object.entries(PASSES)) {
    for (const method of methods) {
      before(className, method, (target) => {
        passes++;
        if (className.startsWith('WebGL')) outstanding.add(target as Context);
      });
    }
  }
  const submits = new WeakMap<Queue, number>();
  before('GPUQueue', 'submit', (target) => {
    const queue = target as Queue;
    outstanding.add(queue);
    submits.set(queue, (submits.get(queue) ?? 0) + 1);
  });
  // Whoever has waited for all that a queue was handed need not be waited for again: a wait takes 12 ms in Deno.
  afterWaits((queue, wait) => {
    const submitted = submits.get(queue);
    return wait().then(() => {
      if (submits.get(queue) === submitted) outstanding.delete(queue);
    });
  });
  return {
    get passes() {
      return passes;
    },
    settled() {
      if (outstanding.size === 0) return undefined;
      const waits = [...outstanding].map((each) =>
        'onSubmittedWorkDone' in each ? each.onSubmittedWorkDone() : fenced(each),
      );
      outstanding.clear();
      return Promise.all(waits).then(() => undefined);
    },
  };
}

/** Has `wait` do what a queue's own method does, and what there is to do after it. */
function afterWaits(around: (queue: Queue, wait: () => Promise<void>) => Promise<void>): void {
  const { GPUQueue } = globalThis as unknown as { GPUQueue?: { prototype: Queue } };
  const own = GPUQueue?.prototype.onSubmittedWorkDone;
  if (GPUQueue === undefined || own === undefined) return;
  GPUQueue.prototype.onSubmittedWorkDone = function (this: Queue) {
    return around(this, () => own.call(this));
  };
}

function before(className: string, method: string, act: (target: unknown) => void): void {
  const classes = globalThis as unknown as Record<string, { prototype: Record<string, unknown> } | undefined>;
  const { prototype } = classes[className] ?? {};
  const own = prototype?.[method];
  if (prototype === undefined || typeof own !== 'function') return;
  prototype[method] = function (this: unknown, ...args: unknown[]) {
    act(this);
    return own.apply(this, args);
  };
}

/** Done when a context has drawn all. A browser looks at a fence between two tasks only; timers would wait for 4 ms. */
async function fenced(gl: Context): Promise<void> {
  if (!('fenceSync' in gl)) {
    // WebGL 1: reading makes it wait.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    return;
  }
  const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  if (fence === null) return;
  gl.flush();
  const { port1, port2 } = new MessageChannel();
  // A lost context makes the wait fail.
  while (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) {
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
  }
  port1.close();
  gl.deleteSync(fence);
}
