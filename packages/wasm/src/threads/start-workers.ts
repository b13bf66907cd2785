import { NormError } from '@normlayers/core/adapter';
import { THREAD_WORKER } from '../kernels/embedded/worker';
import type { ThreadSetup } from './thread-worker';
import { nodeWorkers, noteStart } from './threads-unavailable';

/** A worker that runs. */
export interface Thread {
  terminate(): unknown;
}

/**
 * A worker takes some 30 ms to start. One that says nothing for so long never will: browsers queue workers
 * beyond a limit.
 */
const PATIENCE = 10_000;

/**
 * Starts a worker for each set-up; all run when this resolves.
 *
 * @throws NormError `backend` where one does not start; the others are let go.
 */
export async function startWorkers(setups: readonly ThreadSetup[]): Promise<Thread[]> {
  const started = await Promise.allSettled(setups.map(startWorker));
  const threads = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed === undefined) {
    noteStart(null);
    return threads;
  }
  for (const thread of threads) thread.terminate();
  const cause: unknown = failed.reason;
  const why = cause instanceof Error ? cause.message : String(cause);
  const reason = `threads were not started: ${why.replace(/\.$/, '')}`;
  noteStart(reason);
  throw new NormError('backend', `${reason}.`, { cause });
}

function startWorker(setup: ThreadSetup): Promise<Thread> {
  return new Promise((resolve, reject) => {
    // In Node onnxruntime-web makes Node's own class the global one.
    const isNode = typeof Worker === 'undefined' || (Worker as unknown) === nodeWorkers()?.Worker;
    const worker = isNode ? nodeWorker() : webWorker();
    const timer = setTimeout(() => fail(new Error('a worker was not started within 10 seconds')), PATIENCE);
    const fail = (error: Error) => {
      clearTimeout(timer);
      worker.terminate();
      reject(error);
    };
    worker.onStart(() => {
      clearTimeout(timer);
      resolve(worker);
    }, fail);
    try {
      worker.postMessage(setup);
    } catch (error) {
      fail(error as Error);
    }
  });
}

interface StartingThread extends Thread {
  postMessage(setup: ThreadSetup): void;
  /** `started` is called once the worker has its kernels; `failed` where it does not get so far. */
  onStart(started: () => void, failed: (error: Error) => void): void;
}

/** A browser's worker, or Deno's, which runs modules only. */
function webWorker(): StartingThread {
  const url = URL.createObjectURL(new Blob([THREAD_WORKER], { type: 'text/javascript' }));
  const worker = new Worker(url, 'Deno' in globalThis ? { type: 'module' } : {});
  return {
    terminate: () => worker.terminate(),
    postMessage: (setup) => worker.postMessage(setup),
    onStart(started, failed) {
      worker.onmessage = () => {
        URL.revokeObjectURL(url);
        started();
      };
      worker.onerror = (event) => {
        event.preventDefault?.();
        URL.revokeObjectURL(url);
        failed(
          new Error(event.message || "a worker was refused: the page's policy must have worker-src blob:"),
        );
      };
    },
  };
}

/** Node's worker, which does not keep a program alive whose work is done. */
function nodeWorker(): StartingThread {
  const node = nodeWorkers();
  if (node === undefined) throw new Error('this environment starts no workers');
  const worker = new node.Worker(THREAD_WORKER, { eval: true });
  return {
    terminate: () => worker.terminate(),
    postMessage: (setup) => worker.postMessage(setup),
    onStart(started, failed) {
      worker.once('error', failed);
      worker.once('message', () => {
        worker.off('error', failed);
        worker.unref();
        started();
      });
    },
  };
}
