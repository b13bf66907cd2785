import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import type { BrowserDriver, OpenPage, PageEvents } from './browser-driver';
import { BrowserError } from './browser-error';

export interface ChromiumOptions {
  readonly path: string;
  readonly headed: boolean;
  /** Render in software (SwiftShader). */
  readonly software: boolean;
}

/** Keeps a browser that is here for a minute from fetching updates, lists and accounts. */
const QUIET_FLAGS = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * ANGLE builds each WebGL program in parts, when it is linked and again when it draws: a gain on a GPU, but SwiftShader
 * compiles every time. Whole and once, rmsNorm on onnxruntime-web/webgl takes 8 s instead of 18.
 */
const WHOLE_PROGRAMS = '--disable-angle-features=supportsGraphicsPipelineLibrary,warmUpPipelineCacheAtLink';

const SOFTWARE_FLAGS = [
  '--use-angle=swiftshader',
  WHOLE_PROGRAMS,
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // Pages themselves are drawn without it, where Debian asks for the opposite: through it a page takes 0.5 s of CPU more.
  '--disable-gpu-rasterization',
  '--disable-gpu-compositing',
];

/** On Linux, Chromium keeps WebGPU behind flags; elsewhere it is there by itself. */
const LINUX_GPU_FLAGS = ['--enable-unsafe-webgpu', '--enable-features=Vulkan'];

/** How long a browser may take to start, in ms: a cold one on a busy machine has been seen to take 20 s. */
const START = 60_000;
/** How long a page or browser may take to close before it is left behind, or killed, in ms. */
const CLOSE = 5_000;
/** How long after its navigation failed a page may be told to be closed, in ms. */
const CLOSED_LATE = 2_000;

/** Whether this machine has no GPU that a browser could use: on Linux, no device of a driver. */
export function lacksGpu(): boolean {
  return (
    process.platform === 'linux' && !['/dev/dri', '/dev/nvidia0', '/dev/dxg'].some((path) => existsSync(path))
  );
}

/** The flags that Chromium is started with, beside those of puppeteer. */
export function chromiumFlags(software: boolean): string[] {
  return [
    ...QUIET_FLAGS,
    ...(software ? SOFTWARE_FLAGS : process.platform === 'linux' ? LINUX_GPU_FLAGS : []),
    // Chromium refuses to start its sandbox as root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

/**
 * Starts Chromium, for whoever drives it through puppeteer.
 *
 * @throws BrowserError `environment` where the program does not start as a browser; `usage` where a window is asked of one
 *   that has none.
 */
export async function startChromium({ path, headed, software }: ChromiumOptions): Promise<Browser> {
  if (headed && /headless.shell/.test(basename(path))) {
    throw new BrowserError('usage', `${path} has no windows: name another browser by --browser PATH.`);
  }
  const { default: puppeteer } = await import('puppeteer-core');
  try {
    return await puppeteer.launch({
      browser: 'chrome',
      executablePath: path,
      headless: !headed,
      args: chromiumFlags(software),
      timeout: START,
      // A pipe's end ends Chromium, so that none is left behind where this process is killed.
      pipe: true,
      // The command ends the browser itself, and says so.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (error) {
    throw new BrowserError('environment', `${path} does not start as a browser: ${firstLine(error)}`);
  }
}

/** @throws BrowserError `environment` where the program does not start as a browser. */
export async function launchChromium(options: ChromiumOptions): Promise<BrowserDriver> {
  const browser = await startChromium(options);
  return driverOf(browser, await browser.version());
}

/** A browser that puppeteer has started, or is connected to. */
export function driverOf(browser: Browser, version: string): BrowserDriver {
  let closing: Promise<void> | undefined;
  const ended = new Promise<void>((resolve) => {
    browser.once('disconnected', () => {
      if (closing === undefined) resolve();
    });
  });
  return {
    version,
    ended,
    open: (address, events) => openPage(browser, address, events),
    close() {
      closing ??= within(CLOSE, browser.close()).then((closed) => {
        if (!closed) browser.process()?.kill('SIGKILL');
      });
      return closing;
    },
  };
}

async function openPage(browser: Browser, address: string, events: PageEvents): Promise<OpenPage> {
  const page: Page = await browser.newPage();
  let closing: Promise<unknown> | undefined;
  page.once('error', () => events.crashed());
  const closed = new Promise<void>((resolve) => {
    page.once('close', () => {
      if (closing === undefined) events.closed();
      resolve();
    });
  });
  const isOpen = async () => {
    // Any question that the browser itself answers: what it has told of its pages comes before the answer.
    await within(CLOSE, browser.cookies());
    return !page.isClosed();
  };
  page.goto(address, { timeout: START, waitUntil: 'domcontentloaded' }).catch(async (error) => {
    // Of one that is closed while it loads, `close` tells; that comes after the navigation's own failure.
    if (!(await within(CLOSED_LATE, closed)) && (await isOpen())) events.failed?.(firstLine(error));
  });
  return {
    isOpen,
    async close() {
      closing ??= within(CLOSE, page.close());
      await closing;
    },
  };
}

/** Whether a promise was fulfilled in time. Never throws: what is to be closed may be gone. */
function within(limit: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, limit, false);
  });
  const done = promise.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${text.split('\n').find((line) => line.trim() !== '') ?? 'no reason given'}`;
}
