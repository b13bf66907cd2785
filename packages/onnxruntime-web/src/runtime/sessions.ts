import { NormError } from '@normlayers/core/adapter';
import { type GraphSpec, graphOf, type Provider } from '@normlayers/onnx';
import { type OnnxRuntime, type OrtSession, type OrtTensor, versionOf } from './framework';
import { inTurn } from './turns';

/**
 * How many sessions of fixed sizes are kept. Each holds its own programs and, between calls, some ten textures of the
 * size of x.
 */
const MOST_STATIC = 16;

interface OpenSession {
  readonly session: Promise<OrtSession>;
  readonly isStatic: boolean;
  /** How many calls are using it. */
  users: number;
}

/** One session per graph and per place of its outputs, kept until dispose; of those for fixed sizes, the last used. */
export class Sessions {
  readonly #ort: OnnxRuntime;
  readonly #provider: Provider;
  readonly #name: string;
  /** The least recently used first. */
  readonly #open = new Map<string, OpenSession>();

  constructor(ort: OnnxRuntime, provider: Provider, name: string) {
    this.#ort = ort;
    this.#provider = provider;
    this.#name = name;
  }

  /**
   * Makes the session for a graph, where there is none yet.
   *
   * @param location where its outputs are to be: `cpu`, or a device's kind of tensor.
   * @throws NormError `backend` where ONNX Runtime fails.
   */
  open(spec: GraphSpec, location: OrtTensor['location']): Promise<OrtSession> {
    return this.#use(spec, location, async (session) => session);
  }

  /** @throws NormError `backend` where ONNX Runtime fails. */
  run(
    spec: GraphSpec,
    location: OrtTensor['location'],
    feeds: Record<string, OrtTensor>,
  ): Promise<Record<string, OrtTensor>> {
    return this.#use(spec, location, (session) =>
      inTurn(this.#ort, async () => (await session.run(feeds)) as Record<string, OrtTensor>),
    );
  }

  /** Releases every session. No call may be under way. */
  async dispose(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((session) => this.#release(session)));
  }

  async #use<Result>(
    spec: GraphSpec,
    location: OrtTensor['location'],
    use: (session: OrtSession) => Promise<Result>,
  ): Promise<Result> {
    const key = JSON.stringify([spec, location]);
    const open = this.#open.get(key) ?? {
      session: inTurn(this.#ort, () => this.#create(spec, location)),
      isStatic: spec.sizes !== undefined,
      users: 0,
    };
    this.#open.delete(key);
    this.#open.set(key, open);
    open.users++;
    this.#releaseOldest();
    let session: OrtSession | undefined;
    try {
      session = await open.session;
      return await use(session);
    } catch (cause) {
      if (session === undefined && this.#open.get(key) === open) this.#open.delete(key);
      throw this.#failure(cause);
    } finally {
      open.users--;
    }
  }

  #releaseOldest(): void {
    const kept = [...this.#open].filter(([, { isStatic }]) => isStatic);
    for (const [key, open] of kept.slice(0, Math.max(kept.length - MOST_STATIC, 0))) {
      if (open.users > 0) continue;
      this.#open.delete(key);
      void this.#release(open);
    }
  }

  async #release({ session }: OpenSession): Promise<void> {
    const made = await session.catch(() => null);
    if (made !== null) await inTurn(this.#ort, () => made.release());
  }

  async #create(spec: GraphSpec, location: OrtTensor['location']): Promise<OrtSession> {
    const graph = await graphOf(spec);
    const preferredOutputLocation = location as 'cpu' | 'gpu-buffer' | 'ml-tensor';
    return this.#ort.InferenceSession.create(graph.toBytes(), {
      executionProviders: [this.#provider],
      // Ours run as they are written: no subgraph of theirs is to become an operator with another rounding.
      graphOptimizationLevel: spec.kind === 'native' ? 'all' : 'basic',
      ...(location === 'cpu' ? {} : { preferredOutputLocation }),
    });
  }

  #failure(cause: unknown): NormError {
    return new NormError('backend', `${this.#name}: ONNX Runtime failed: ${this.#reason(cause)}`, { cause });
  }

  #reason(cause: unknown): string {
    if (cause instanceof Error) return cause.message;
    if (typeof cause !== 'number') return String(cause);
    // What its C++ throws comes as a bare pointer.
    const version = versionOf(this.#ort) ?? 'of an unknown version';
    return `onnxruntime-web ${version} threw a C++ exception (${cause}); it may be too old, or out of memory`;
  }
}
