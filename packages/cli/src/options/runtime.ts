import type { BrowserRuntime } from '@normlayers/browsers';
import { CommandError } from '../command-error';
import { IN_DENO } from '../deno/host';

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

/** Where the suite runs: in a process of the command's, or in a browser that it drives. */
export type Runtime = 'node' | 'deno' | BrowserRuntime;

const BROWSER_ONLY = [
  'browser',
  'headed',
  'port',
  'remote',
  'remoteBrowser',
  'host',
] satisfies (keyof BrowserFlags)[];

/** @throws CommandError `usage` where there is no such runtime, or it has none of what was asked for. */
export function runtimeOf(options: BrowserFlags & { readonly runtime: string }): Runtime {
  const { runtime } = options;
  if (runtime === 'chromium' || runtime === 'firefox') return runtime;
  if (runtime !== 'node' && runtime !== 'deno') {
    throw new CommandError(
      'usage',
      `--runtime ${runtime} is not known; expected node, deno, chromium or firefox.`,
    );
  }
  const browserOnly = BROWSER_ONLY.find((name) => name in options);
  if (browserOnly !== undefined) {
    throw new CommandError(
      'usage',
      `--${browserOnly.replace('remoteBrowser', 'remote-browser')} needs --runtime chromium or firefox.`,
    );
  }
  if (runtime === 'node' && options.software !== undefined) {
    throw new CommandError('usage', '--software needs --runtime deno, chromium or firefox.');
  }
  return IN_DENO ? 'deno' : runtime;
}

/** Whether a runtime is a process of the command's own. */
export function isProcess(runtime: Runtime): runtime is 'node' | 'deno' {
  return runtime === 'node' || runtime === 'deno';
}
