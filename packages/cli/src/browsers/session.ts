import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  type BrowserDriver,
  type BrowserRuntime,
  chromiumFlags,
  connectRemote,
  findBrowser,
  lacksGpu,
  launchChromium,
  launchFirefox,
  type PageServer,
  servePage,
} from '@normlayers/browsers';
import { CommandError } from '../command-error';
import { withInterruption } from '../interruption';

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
  /** Vectors that the page runs too. */
  readonly vectors?: readonly unknown[] | undefined;
  /** More JSON texts that the page asks for by name; they may come and go. Default: none. */
  readonly documents?: Readonly<Record<string, string>> | undefined;
  /** How many things there are to run, each in one browser: 1 where nothing may run beside what is timed. Default: many. */
  readonly pieces?: number | undefined;
  /** WebDriver endpoints to run on, instead of a browser of this machine. */
  readonly remote?: readonly string[] | undefined;
  /** WebDriver's names of the browsers wanted of each endpoint. Default: the runtime's. */
  readonly remoteBrowser?: readonly string[] | undefined;
  /** This machine's name or address as a remote browser reaches it. Default: 127.0.0.1. */
  readonly host?: string | undefined;
}

/** Browsers of one kind, that share the work. */
export type BrowserGroup = readonly [BrowserDriver, ...BrowserDriver[]];

export interface BrowserSession {
  /** One group, but for remote browsers: each of those is one of its own, and does all the work. */
  readonly groups: readonly BrowserGroup[];
  readonly server: PageServer;
  /** The page's address, without a query. */
  readonly address: string;
  /** Starts another browser of a kind in the place of one that ended. */
  another(lost: BrowserDriver): Promise<BrowserDriver>;
  /** Whether the browsers were told to render in software. */
  readonly software: boolean;
  /** Aborted by Ctrl-C and the like. */
  readonly signal: AbortSignal;
}

/** Beside the command, where the build puts the page. */
const PAGE_FOLDER = fileURLToPath(new URL('./page', import.meta.url));

const LOOPBACK = '127.0.0.1';

/**
 * How many browsers run at once. A browser has one process for its GPU, and in software that one computes: two browsers
 * use two cores. A GPU is not shared out; and to start a browser takes 4 s of CPU, so that few pieces share one.
 */
function lanes(software: boolean, pieces: number): number {
  return software && availableParallelism() > 1 && pieces > 2 ? 2 : 1;
}

interface Launcher {
  /** What starts each of them, for a page at this origin. */
  launches(origin: string): readonly (() => Promise<BrowserDriver>)[];
  /** Whether they share the work. */
  readonly together: boolean;
  readonly software: boolean;
}

function local({
  runtime,
  browser,
  headed = false,
  pieces = Infinity,
  ...options
}: BrowserOptions): Launcher {
  const path = findBrowser(runtime, browser);
  const software = runtime === 'chromium' && (options.software ?? lacksGpu());
  return {
    launches: () =>
      Array.from({ length: lanes(software, pieces) }, () => () => {
        return runtime === 'firefox'
          ? launchFirefox({ path, headed })
          : launchChromium({ path, headed, software });
      }),
    together: true,
    software,
  };
}

function remote(
  { runtime, remoteBrowser, software = false }: BrowserOptions,
  endpoints: readonly string[],
  host: string,
): Launcher {
  const wrong = endpoints.find((endpoint) => !/^https?:\/\/./.test(endpoint));
  if (wrong !== undefined) {
    throw new CommandError('usage', `--remote ${wrong}: expected an address, as in http://localhost:4444.`);
  }
  const names = remoteBrowser ?? [runtime === 'chromium' ? 'chrome' : 'firefox'];
  return {
    launches: (origin) =>
      endpoints.flatMap((endpoint) =>
        names.map(
          (browserName) => () =>
            connectRemote({ endpoint, browserName, flags: remoteFlags(software, host, origin) }),
        ),
      ),
    together: false,
    software,
  };
}

/** A page that is not on its own machine has no shared memory and no WebGPU over plain HTTP, unless the browser is told. */
function remoteFlags(software: boolean, host: string, origin: string): string[] {
  const trust = host === LOOPBACK ? [] : [`--unsafely-treat-insecure-origin-as-secure=${origin}`];
  return ['--headless=new', ...chromiumFlags(software), ...trust];
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
  const { port, vectors, host = LOOPBACK } = options;
  const documents = vectors === undefined ? (options.documents ?? {}) : { vectors: JSON.stringify(vectors) };
  const launcher = options.remote === undefined ? local(options) : remote(options, options.remote, host);
  return withInterruption(async (signal) => {
    const listen = host === LOOPBACK ? LOOPBACK : '0.0.0.0';
    const server = await servePage({ port, documents, listen, pageFolder: PAGE_FOLDER });
    try {
      const address = `http://${host}:${server.port}/`;
      const starts = launcher.launches(new URL(address).origin);
      const launches = await Promise.allSettled(starts.map((start) => start()));
      const drivers = launches.flatMap((launch) => (launch.status === 'fulfilled' ? [launch.value] : []));
      const startOf = new Map(drivers.map((driver, i) => [driver, starts[i]]));
      try {
        const refused = launches.find((launch) => launch.status === 'rejected');
        if (refused !== undefined) throw refused.reason;
        signal.throwIfAborted();
        const groups = launcher.together
          ? [[...drivers] as unknown as BrowserGroup]
          : drivers.map((driver): BrowserGroup => [driver]);
        return await use({
          groups,
          server,
          address,
          software: launcher.software,
          signal,
          async another(lost) {
            const start = startOf.get(lost);
            if (start === undefined) throw new TypeError('no browser of this session');
            const driver = await start();
            startOf.set(driver, start);
            drivers.push(driver);
            return driver;
          },
        });
      } finally {
        await Promise.all(drivers.map((driver) => driver.close()));
      }
    } finally {
      await server.close();
    }
  });
}
