import { availableParallelism } from 'node:os';
import { CommandError } from '../command-error';
import type { BrowserDriver } from './browser-driver';
import { type BrowserRuntime, findBrowser } from './find-browser';
import { lacksGpu, launchBrowser } from './launch-browser';
import { type PageServer, servePage } from './page-server';

/** The options of the command line that say which browser, and how. */
export interface BrowserOptions {
  readonly runtime: BrowserRuntime;
  /** The browser's program. Default: found. */
  readonly browser?: string | undefined;
  readonly headed?: boolean | undefined;
  /** Render in software. Default: where this machine has no GPU. */
  readonly software?: boolean | undefined;
  /** The page's port. Default: one that is free. */
  readonly port?: number | undefined;
  readonly vectors: readonly string[];
}

export interface BrowserSession {
  /** As many as are to run at once, all of one kind. */
  readonly drivers: readonly BrowserDriver[];
  readonly server: PageServer;
  /** The page's address, without a query. */
  readonly address: string;
  readonly software: boolean;
  /** Aborted by Ctrl-C and the like. */
  readonly signal: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * How many browsers run at once. A browser has one process for its GPU, and in software that one computes: two browsers
 * use two cores. A GPU is not shared out.
 */
function lanes(software: boolean): number {
  return software && availableParallelism() > 1 ? 2 : 1;
}

/**
 * Browsers and a server of pages for as long as `use` takes. All are ended whatever happens.
 *
 * @throws CommandError `usage` for a wrong path, `environment` where there is no browser, it does not start, or the port
 * is taken; `interrupted` after Ctrl-C.
 */
export async function withBrowser<T>(
  options: BrowserOptions,
  use: (session: BrowserSession) => Promise<T>,
): Promise<T> {
  const { runtime, browser, headed = false, port, vectors } = options;
  const path = findBrowser(runtime, browser);
  const software = runtime === 'chromium' && (options.software ?? lacksGpu());
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals) =>
    interruption.abort(
      new CommandError('interrupted', `stopped by ${signal === 'SIGINT' ? 'Ctrl-C' : signal}.`),
    );
  for (const signal of SIGNALS) process.once(signal, interrupt);
  try {
    const server = await servePage({ port, vectors });
    try {
      const launches = await Promise.allSettled(
        Array.from({ length: lanes(software) }, () => launchBrowser({ runtime, path, headed, software })),
      );
      const drivers = launches.flatMap((launch) => (launch.status === 'fulfilled' ? [launch.value] : []));
      try {
        const refused = launches.find((launch) => launch.status === 'rejected');
        if (refused !== undefined) throw refused.reason;
        interruption.signal.throwIfAborted();
        const address = `http://127.0.0.1:${server.port}/`;
        return await use({ drivers, server, address, software, signal: interruption.signal });
      } finally {
        await Promise.all(drivers.map((driver) => driver.close()));
      }
    } finally {
      await server.close();
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
