import { randomUUID } from 'node:crypto';
import type { BrowserDriver, OpenPage, PageEvents, PageServer } from '@normlayers/browsers';
import { CommandError } from '../command-error';
import type { PageMessage, PageOrder } from '../page/protocol';

/** How long a page may report nothing, in seconds. */
export const PATIENCE = 60;

/** How a page's run ended: as it should, or with a sentence. */
export type Ending = 'finished' | { readonly fault: string };

export interface PageRun {
  readonly driver: BrowserDriver;
  readonly server: PageServer;
  /** The page's address as the browser reaches it, without a query. */
  readonly address: string;
  readonly order: PageOrder;
  /** How long the page may report nothing once it has reported, in seconds. Default: 60, which it has to open in too. */
  readonly patience?: number | undefined;
  /** Stops the run; the promise is then rejected with the signal's reason. */
  readonly signal: AbortSignal;
  /** Takes a message in; gives how the run ends, where it does. */
  hear(message: PageMessage): Ending | null;
  /** How far the run is, as part of a sentence: `after 3 of 9 cases of wasm`. */
  howFar(): string;
}

/**
 * Opens a page, gives it its order and hears it to its end.
 *
 * @throws CommandError `environment` where the browser ends or the page is closed in mid-run.
 */
export async function runPage(run: PageRun): Promise<Ending> {
  const { driver, server, address, order, signal, patience = PATIENCE } = run;
  const token = randomUUID();
  let opening: Promise<void> | undefined;
  let page: OpenPage | undefined;
  let timer: NodeJS.Timeout | undefined;
  let deafen = () => {};
  const listening = new AbortController();
  try {
    return await new Promise<Ending>((resolve, reject) => {
      const stop = (what: string) =>
        reject(new CommandError('environment', `${what} in mid-run, ${run.howFar()}.`));
      const closed = () => stop('the page was closed');
      const failed = (reason: string) => resolve({ fault: `the page did not open: ${reason}` });
      const losePatience = async (after: number) => {
        // A page that is closed reports nothing either, and a browser that is busy tells late that it is.
        const isOpen = await page?.isOpen().catch(() => true);
        if (isOpen === false) closed();
        else resolve({ fault: `page reported nothing for ${after} s` });
      };
      const wait = (seconds: number) => {
        clearTimeout(timer);
        timer = setTimeout(losePatience, seconds * 1000, seconds);
      };

      signal.throwIfAborted();
      signal.addEventListener('abort', () => reject(signal.reason), { signal: listening.signal });
      driver.ended.then(() => stop('the browser ended'));
      const listener = (messages: readonly PageMessage[]) => {
        wait(patience);
        for (const message of messages) {
          const ending = run.hear(message);
          if (ending !== null) resolve(ending);
        }
      };
      deafen = server.subscribe(token, listener, order);
      wait(Math.max(patience, PATIENCE));
      const events: PageEvents = {
        crashed: () => resolve({ fault: "the page's process crashed" }),
        closed() {
          clearTimeout(timer);
          // A browser that ends closes its pages first.
          setTimeout(closed, 300);
        },
        failed,
      };
      opening = driver.open(`${address}?run=${token}`, events).then(
        (open) => {
          page = open;
        },
        (error: Error) => failed(error.message),
      );
    });
  } finally {
    clearTimeout(timer);
    deafen();
    listening.abort();
    // One that opens after all is closed then; with the browser at the latest.
    if (page === undefined) void opening?.then(() => page?.close());
    else if (!signal.aborted) await page.close();
  }
}
