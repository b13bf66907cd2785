import { randomUUID } from 'node:crypto';
import type { BrowserDriver, OpenPage, PageEvents, PageServer } from '@normlayers/browsers';
import { BrowserLost, CommandError } from '../command-error';
import type { PageMessage, PageOrder } from '../page/protocol';

/** How long a page may report nothing, in seconds. */
const PATIENCE = 60;
/** How long after a page its browser may end, in ms: one that ends closes its pages first. */
const ENDS_AFTER_PAGE = 300;

/** Where pages are opened, and for how long they are waited for. */
export interface PagePlace {
  readonly driver: BrowserDriver;
  readonly server: PageServer;
  /** The page's address as the browser reaches it, without a query. */
  readonly address: string;
  /** How long a page may report nothing once it has reported, in seconds. Default: 60, which it has to open in too. */
  readonly patience?: number | undefined;
  /** Stops the run; the promise is then rejected with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Whoever a page works for. */
export interface PageOwner {
  /** What the page does next; null where nothing is left. */
  next(): PageOrder | null;
  /** Takes in what the page reports. */
  take(message: PageMessage): void;
  /** How far the work is, as part of a sentence: `after 3 of 9 cases of wasm`. */
  howFar(): string;
}

/** How a page ended: when it was done, or with a sentence. */
export type Ending = { readonly fault: string | null; readonly reported: boolean };

/**
 * Opens a page and follows it to its end.
 *
 * @throws BrowserLost where the browser ends in mid-run; CommandError `environment` where somebody closes the page; the
 *   signal's reason.
 */
export async function watchPage(place: PagePlace, owner: PageOwner): Promise<Ending> {
  const watch = new PageWatch(place, owner);
  try {
    return await watch.ending;
  } finally {
    await watch.stop();
  }
}

/** One page between its opening and its end. */
class PageWatch {
  readonly ending: Promise<Ending>;
  readonly #place: PagePlace;
  readonly #owner: PageOwner;
  readonly #patience: number;
  readonly #listening = new AbortController();
  readonly #unsubscribe: () => void;
  readonly #opening: Promise<void>;
  #resolve!: (ending: Ending) => void;
  #reject!: (reason: unknown) => void;
  #page: OpenPage | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reported = false;

  constructor(place: PagePlace, owner: PageOwner) {
    place.signal.throwIfAborted();
    this.#place = place;
    this.#owner = owner;
    this.#patience = place.patience ?? PATIENCE;
    this.ending = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const run = randomUUID();
    const { driver, server, address, signal } = place;
    signal.addEventListener('abort', () => this.#reject(signal.reason), { signal: this.#listening.signal });
    void driver.ended.then(() => this.#reject(new BrowserLost(this.#sentence('the browser ended'))));
    this.#unsubscribe = server.subscribe(
      run,
      (messages) => this.#take(messages),
      () => owner.next(),
    );
    this.#expectMessageIn(Math.max(this.#patience, PATIENCE));
    const events: PageEvents = {
      crashed: () => this.#end("the page's process crashed"),
      closed: () => {
        clearTimeout(this.#timer);
        setTimeout(() => this.#lost('the page was closed'), ENDS_AFTER_PAGE);
      },
      failed: (reason) => this.#end(`the page did not open: ${reason}`),
    };
    this.#opening = driver.open(`${address}?run=${run}`, events).then(
      (page) => {
        this.#page = page;
      },
      (error: Error) => this.#end(`the page did not open: ${error.message}`),
    );
  }

  /** Closes the page, also where it hangs. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#unsubscribe();
    this.#listening.abort();
    // A page that opens after all is closed then; with the browser at the latest.
    if (this.#page === undefined) void this.#opening.then(() => this.#page?.close());
    else if (!this.#place.signal.aborted) await this.#page.close();
  }

  #take(messages: readonly PageMessage[]): void {
    this.#reported = true;
    this.#expectMessageIn(this.#patience);
    for (const message of messages) {
      this.#owner.take(message);
      if (message.kind === 'finished') this.#end(null);
      if (message.kind === 'fault') this.#end(message.reason);
    }
  }

  #expectMessageIn(seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#heardNothing(seconds), seconds * 1000);
  }

  /** A page that is closed reports nothing either, and a browser that is busy tells late that it is closed. */
  async #heardNothing(seconds: number): Promise<void> {
    const isOpen = await this.#page?.isOpen().catch(() => true);
    if (isOpen === false) this.#lost('the page was closed');
    else this.#end(`page reported nothing for ${seconds} s`);
  }

  #end(fault: string | null): void {
    this.#resolve({ fault, reported: this.#reported });
  }

  #lost(what: string): void {
    this.#reject(new CommandError('environment', this.#sentence(what)));
  }

  #sentence(what: string): string {
    return `${what} in mid-run, ${this.#owner.howFar()}.`;
  }
}
