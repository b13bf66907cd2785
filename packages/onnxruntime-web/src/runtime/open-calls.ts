import { NormError } from '@normlayers/core/adapter';

/** The calls that have begun and not ended: disposal waits for them and lets no other begin. */
export class OpenCalls {
  readonly #name: string;
  readonly #calls = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  /** @param name what is disposed of, in the error's message. */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Does the whole of a call.
   *
   * @throws NormError `disposed` after `close`.
   */
  async during<Result>(call: () => Promise<Result>): Promise<Result> {
    this.refuseClosed();
    const result = call();
    this.#calls.add(result);
    try {
      return await result;
    } finally {
      this.#calls.delete(result);
    }
  }

  /** @throws NormError `disposed` after `close`. */
  refuseClosed(): void {
    if (this.#closed !== null)
      throw new NormError('disposed', `${this.#name} has been disposed; make a new one.`);
  }

  /** Refuses calls from now on, waits for those that have begun, and then frees what they used. May be called twice. */
  close(free: () => Promise<void>): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#calls).then(free);
    return this.#closed;
  }
}
