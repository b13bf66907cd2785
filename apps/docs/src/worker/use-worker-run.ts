import { onBeforeUnmount } from 'vue';
import type { Work } from './page.worker';
import { startWorker } from './start-worker';

/** How long cancelled work may take to end by itself, in ms. */
const PATIENCE = 2000;

export interface WorkerRunOptions<Answer> {
  /** Takes in what the worker tells. */
  hear(answer: Answer): void;
  /** The work was cancelled, and the worker did not end it by itself. */
  givenUp?(): void;
  /** The worker could not be loaded, or threw where nothing may throw. */
  failed?(message: string): void;
}

/** Work of a page in a worker of its own, which ends with the component. */
export function useWorkerRun<Request, Answer>(work: Work, options: WorkerRunOptions<Answer>) {
  let worker: Worker | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the worker, where it is not there. */
  function start(): Worker {
    if (worker !== undefined) return worker;
    worker = startWorker(work);
    worker.onmessage = ({ data }: MessageEvent<Answer>) => options.hear(data);
    worker.onerror = ({ message }) => options.failed?.(message);
    return worker;
  }

  /** Ends the worker, in the middle of whatever it does. */
  function stop(): void {
    clearTimeout(timer);
    worker?.terminate();
    worker = undefined;
  }

  function ask(request: Request): void {
    start().postMessage(request);
  }

  /** Asks the worker to end its work. A back end that hangs in a call does not hear of it: its worker is then ended. */
  function cancel(request: Request): void {
    ask(request);
    timer = setTimeout(() => {
      stop();
      start();
      options.givenUp?.();
    }, PATIENCE);
  }

  /** The work has ended by itself. */
  function ended(): void {
    clearTimeout(timer);
  }

  onBeforeUnmount(stop);
  return { start, stop, ask, cancel, ended };
}
