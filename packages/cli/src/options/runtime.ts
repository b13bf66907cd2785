import type { BrowserRuntime } from '@normlayers/browsers';
import { CommandError } from '../command-error';

/** The options that say which browser, and how; as the command line has them. */
export interface BrowserFlags {
  readonly browser?: string;
  readonly headed?: boolean;
  readonly software?: boolean;
  readonly port?: number;
  readonly remote?: readonly string[];
  readonly remoteBrowser?: readonly string[];
  readonly host?: string;
}

const BROWSER_ONLY = [
  'browser',
  'headed',
  'software',
  'port',
  'remote',
  'remoteBrowser',
  'host',
] satisfies (keyof BrowserFlags)[];

/** @throws CommandError `usage` where there is no such runtime, or it has none of what was asked for. */
export function runtimeOf(options: BrowserFlags & { readonly runtime: string }): 'node' | BrowserRuntime {
  const { runtime } = options;
  if (runtime === 'chromium' || runtime === 'firefox') return runtime;
  if (runtime !== 'node') {
    throw new CommandError('usage', `--runtime ${runtime} is not known; expected node, chromium or firefox.`);
  }
  const browserOnly = BROWSER_ONLY.find((name) => name in options);
  if (browserOnly !== undefined) {
    throw new CommandError(
      'usage',
      `--${browserOnly.replace('remoteBrowser', 'remote-browser')} needs --runtime chromium or firefox.`,
    );
  }
  return runtime;
}
