import { type NormCall, tensor } from '@normlayers/core';
import { answer } from '@normlayers/testing/page';
import { wasmThreadsAdapter } from '@normlayers/wasm';

/** What `wasm-threads.test.ts` reads of a run. */
export interface ThreadFindings {
  /** Workers alive once the adapter is open, after the calls, and after its disposal. */
  readonly opened: number;
  readonly used: number;
  readonly disposed: number;
  /** What the threads gave for [1, 3]. */
  readonly y: readonly number[];
}

void answer({ findings });

async function findings(calls: number): Promise<ThreadFindings> {
  const alive = new Set<Worker>();
  const BrowserWorker = globalThis.Worker;
  globalThis.Worker = class extends BrowserWorker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      alive.add(this);
    }
    override terminate(): void {
      alive.delete(this);
      super.terminate();
    }
  };

  const adapter = await wasmThreadsAdapter({ threads: 2 });
  const opened = alive.size;
  const small = { op: 'layerNorm', mode: 'inference', x: tensor([1, 3], [1, 2]), epsilon: 0 } as const;
  const large: NormCall = {
    op: 'layerNorm',
    mode: 'inference',
    x: tensor(
      Float32Array.from({ length: 512 * 768 }, (_, i) => Math.sin(i)),
      [512, 768],
    ),
  };
  const prepared = await adapter.prepare(large);
  for (let i = 0; i < calls / 2; i++) {
    await adapter.run(small);
    await prepared.run();
  }
  await prepared.dispose();
  const { y } = await adapter.run(small);
  const used = alive.size;
  await adapter.dispose();
  return { opened, used, disposed: alive.size, y: [...(y?.data ?? [])] };
}
