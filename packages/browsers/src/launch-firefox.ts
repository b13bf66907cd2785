import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Process } from '@puppeteer/browsers';
import type { BrowserDriver, OpenPage, PageEvents } from './browser-driver';
import { BrowserError } from './browser-error';

export interface FirefoxOptions {
  readonly path: string;
  readonly headed: boolean;
}

/** How long Firefox may take to say its version, in ms. */
const START = 60_000;

/**
 * Firefox, started once for each page and told the page's address, and nothing more. Not through WebDriver BiDi: while a
 * BiDi session is open, Firefox 153 hears of every worker that a page starts, and a worker that starts workers of its own,
 * as TensorFlow.js's and our threads do, was left hanging in `new Worker` in 5 of 25 pages. Without a session in none.
 * What is lost: where a page's process dies but Firefox lives, the run hears so by the page's silence only.
 *
 * @throws BrowserError `environment` where the program is not Firefox.
 */
export async function launchFirefox({ path, headed }: FirefoxOptions): Promise<BrowserDriver> {
  const version = await versionOf(path);
  const open = new Set<OpenPage>();
  return {
    version,
    // Each page has a Firefox of its own, whose end is the page's.
    ended: new Promise(() => {}),
    async open(address, events) {
      const page = await openFirefox(path, headed, address, events);
      open.add(page);
      return page;
    },
    async close() {
      await Promise.all([...open].map((page) => page.close()));
    },
  };
}

async function openFirefox(
  path: string,
  headed: boolean,
  address: string,
  events: PageEvents,
): Promise<OpenPage> {
  const { Browser, createProfile, launch } = await import('@puppeteer/browsers');
  const profile = await mkdtemp(join(tmpdir(), 'normlayers-firefox-'));
  let firefox: Process;
  try {
    await createProfile(Browser.FIREFOX, { path: profile, preferences: {} });
    firefox = launch({
      executablePath: path,
      args: [
        ...(headed ? [] : ['--headless']),
        // On Windows the program that is started would end at once and leave another running.
        ...(process.platform === 'win32' ? ['--wait-for-browser'] : []),
        '--no-remote',
        '--profile',
        profile,
        address,
      ],
      // The command ends the browser itself, and says so.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (error) {
    await rm(profile, { recursive: true, force: true });
    throw error;
  }
  let isOpen = true;
  let closing: Promise<void> | undefined;
  const ended = firefox
    .hasClosed()
    .catch(() => {})
    .then(() => {
      isOpen = false;
      if (closing === undefined) events.closed();
    });
  return {
    isOpen: async () => isOpen,
    close() {
      closing ??= (async () => {
        firefox.kill();
        await ended;
        // Its other processes end a little later, and may still write.
        await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      })();
      return closing;
    },
  };
}

/** As the browser calls itself: `firefox/153.7.0esr`. */
async function versionOf(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: START }).catch((error) => {
    throw new BrowserError('environment', `${path} does not start as a browser: ${error.message}`);
  });
  const version = /Firefox (\S+)/.exec(stdout)?.[1];
  if (version !== undefined) return `firefox/${version}`;
  throw new BrowserError(
    'environment',
    `${path} does not start as a browser: it does not say that it is Firefox.`,
  );
}
