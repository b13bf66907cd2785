import { NormError } from '@normlayers/core';
import type { GraphSpec } from './call-graph';
import { fixedStatisticsGraph } from './fixed-statistics-graph';
import type { OnnxRuntime, OrtSession, OrtTensor, Provider } from './framework';
import { nativeGraph } from './native-graph';
import type { OnnxGraph } from './onnx-graph';
import { ordinaryGraph } from './ordinary-graph';
import { robustGraph } from './robust-graph';

const GRAPHS: Record<GraphSpec['kind'], (spec: GraphSpec) => OnnxGraph> = {
  robust: robustGraph,
  ordinary: ordinaryGraph,
  fixed: fixedStatisticsGraph,
  native: nativeGraph,
};

/** One session per graph and per place of its outputs, kept until dispose. */
export class Sessions {
  readonly #ort: OnnxRuntime;
  readonly #provider: Provider;
  readonly #name: string;
  readonly #open = new Map<string, Promise<OrtSession>>();
  #disposed = false;

  constructor(ort: OnnxRuntime, provider: Provider, name: string) {
    this.#ort = ort;
    this.#provider = provider;
    this.#name = name;
  }

  /** @param location where its outputs are to be: `cpu`, or a device's kind of tensor. */
  async get(spec: GraphSpec, location: OrtTensor['location']): Promise<OrtSession> {
    this.refuseDisposed();
    const key = JSON.stringify([spec, location]);
    const open = this.#open.get(key) ?? this.#create(spec, location);
    this.#open.set(key, open);
    try {
      return await open;
    } catch (cause) {
      this.#open.delete(key);
      throw failure(this.#name, cause);
    }
  }

  /** @throws NormError `backend` where ONNX Runtime fails. */
  async run(session: OrtSession, feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>> {
    this.refuseDisposed();
    try {
      return (await session.run(feeds)) as Record<string, OrtTensor>;
    } catch (cause) {
      throw failure(this.#name, cause);
    }
  }

  refuseDisposed(): void {
    if (this.#disposed) throw new NormError('disposed', `${this.#name} has been disposed; make a new one.`);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map(async (session) => (await session.catch(() => null))?.release()));
  }

  #create(spec: GraphSpec, location: OrtTensor['location']): Promise<OrtSession> {
    const preferredOutputLocation = location as 'cpu' | 'gpu-buffer' | 'ml-tensor';
    return this.#ort.InferenceSession.create(GRAPHS[spec.kind](spec).toBytes(), {
      executionProviders: [this.#provider],
      // Ours run as they are written: no subgraph of theirs is to become an operator with another rounding.
      graphOptimizationLevel: spec.kind === 'native' ? 'all' : 'basic',
      ...(location === 'cpu' ? {} : { preferredOutputLocation }),
    });
  }
}

function failure(name: string, cause: unknown): NormError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new NormError('backend', `${name}: ONNX Runtime failed: ${reason}`, { cause });
}
