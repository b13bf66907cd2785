import type { BrowserDriver, PageEvents } from './browser-driver';
import { BrowserError } from './browser-error';

export interface RemoteOptions {
  /** A WebDriver endpoint: a chromedriver, a geckodriver, a Selenium Grid, a browser farm. */
  readonly endpoint: string;
  /** WebDriver's name of the browser: `chrome`, `firefox`, `MicrosoftEdge`, `safari`. */
  readonly browserName: string;
  /** Flags for a browser that is Chromium's kin. */
  readonly flags: readonly string[];
}

/** How often it is asked whether the browser is still there, in ms. */
const HEARTBEAT = 5_000;
/** How long a command may take, in ms. A grid may first start a machine. */
const COMMAND = 60_000;
const START = 300_000;

interface Session {
  readonly sessionId: string;
  readonly capabilities: { readonly browserName?: string; readonly browserVersion?: string };
}

/**
 * A browser behind a WebDriver endpoint. Its page reports over HTTP, so that five commands are all that is asked of it
 * (W3C WebDriver, sections 8.1, 8.2, 10.1, 11.2, 11.5). Plain requests: the clients on npm bring 23 MB (selenium-webdriver)
 * or ten packages and a newer Node (webdriver).
 *
 * @throws BrowserError `environment` where no session comes of it.
 */
export async function connectRemote({ endpoint, browserName, flags }: RemoteOptions): Promise<BrowserDriver> {
  const base = endpoint.replace(/\/+$/, '');
  const { sessionId, capabilities } = await newSession(base, browserName, flags);
  const command = (method: string, path: string, body?: object) =>
    request(`${base}/session/${sessionId}/${path}`, method, body);

  const home = (await command('GET', 'window')) as string;
  const watched = new Map<string, PageEvents>();
  let closing: Promise<void> | undefined;
  let tellEnd = () => {};
  const ended = new Promise<void>((resolve) => {
    tellEnd = resolve;
  });
  const handles = async () => (await command('GET', 'window/handles')) as string[];
  const openAt = async (address: string) => {
    const { handle } = (await command('POST', 'window/new', { type: 'tab' })) as { handle: string };
    await command('POST', 'window', { handle });
    await command('POST', 'url', { url: address });
    return handle;
  };
  const heartbeat = setInterval(async () => {
    try {
      const open = await handles();
      for (const [handle, events] of watched) if (!open.includes(handle)) events.closed();
    } catch {
      if (closing === undefined) tellEnd();
    }
  }, HEARTBEAT);

  return {
    version: `${capabilities.browserName ?? browserName}/${capabilities.browserVersion ?? 'unknown'}`,
    ended,
    async open(address, events) {
      const handle = await openAt(address).catch(async (error) => {
        // Which of the two it was decides what is said: a page that did not open, or a browser that is gone.
        await handles().catch(tellEnd);
        throw error;
      });
      watched.set(handle, events);
      let closed: Promise<unknown> | undefined;
      return {
        isOpen: async () => (await handles()).includes(handle),
        async close() {
          watched.delete(handle);
          closed ??= command('DELETE', 'window').then(() => command('POST', 'window', { handle: home }));
          await closed.catch(() => undefined);
        },
      };
    },
    close() {
      clearInterval(heartbeat);
      closing ??= request(`${base}/session/${sessionId}`, 'DELETE').then(
        () => undefined,
        () => undefined,
      );
      return closing;
    },
  };
}

async function newSession(base: string, browserName: string, flags: readonly string[]): Promise<Session> {
  const chromium = { chrome: 'goog:chromeOptions', MicrosoftEdge: 'ms:edgeOptions' }[browserName];
  const capabilities = {
    alwaysMatch: {
      browserName,
      // The page says itself how far it is.
      pageLoadStrategy: 'none',
      ...(chromium === undefined ? {} : { [chromium]: { args: flags } }),
      ...(browserName === 'firefox' ? { 'moz:firefoxOptions': { args: ['-headless'] } } : {}),
    },
  };
  try {
    return (await request(`${base}/session`, 'POST', { capabilities }, START)) as Session;
  } catch (error) {
    throw new BrowserError(
      'environment',
      `--remote ${base} gives no session of ${browserName}: ${sentence((error as Error).message)}`,
    );
  }
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

/** A command's value (section 6.2). */
async function request(url: string, method: string, body?: object, limit = COMMAND): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(limit),
    ...(method === 'POST'
      ? { body: JSON.stringify(body ?? {}), headers: { 'Content-Type': 'application/json; charset=utf-8' } }
      : {}),
  }).catch((error: Error) => {
    throw new Error((error.cause as Error | undefined)?.message ?? error.message);
  });
  const text = await response.text();
  let answer: { value?: unknown };
  try {
    answer = JSON.parse(text) as { value?: unknown };
  } catch {
    throw new Error(`it answers ${response.status}, and not as WebDriver does`);
  }
  if (response.ok) return answer.value;
  const { message = `it answers ${response.status}` } = (answer.value ?? {}) as { message?: string };
  throw new Error(message.split('\n')[0]);
}
