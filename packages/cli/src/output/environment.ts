import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';
import { installedVersion } from '@normlayers/browsers';
import type { PageEnvironment } from '../page/protocol';
import { version as ownVersion } from '../version';

/** Where a report was made: what someone needs to make it again. */
export interface Environment {
  readonly node: string;
  /** Where the command runs in Deno, its version. */
  readonly deno?: string;
  readonly v8: string;
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  readonly date: string;
  /** Versions of normlayers and of the frameworks that are installed. */
  readonly packages: Readonly<Record<string, string>>;
}

/** A report from the command's own process. */
export interface ProcessEnvironment extends Environment {
  readonly runtime: 'node' | 'deno';
}

/** A report from browsers that this machine's command drove. */
export interface BrowserEnvironment extends Environment {
  readonly runtime: 'chromium' | 'firefox';
  /** One, but for a run on several remote ones. */
  readonly browsers: readonly BrowserDescription[];
}

export interface BrowserDescription {
  /** As it calls itself: `Chrome/150.0.7871.100`. */
  readonly browser: string;
  /** Whether it was told to render in software. */
  readonly software: boolean;
  /** What its page said of itself; null where no page got so far. */
  readonly page: PageEnvironment | null;
  /** Where browsers ended in mid-run, and others took their place: a sentence for each. */
  readonly lost?: readonly string[];
}

/** Of Linux the distribution (os-release(5)): its kernel is often one machine's own, and says little. */
function systemName(): string {
  if (platform() === 'linux') {
    try {
      const [, name] = /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
      if (name !== undefined) return name;
    } catch {
      // Without that file the kernel is all there is to tell.
    }
  }
  return `${platform()} ${release()}`;
}

export function describeEnvironment(): Environment {
  const frameworks = ['onnxruntime-web', '@tensorflow/tfjs'].map((name) => [name, installedVersion(name)]);
  return {
    node: process.versions.node,
    ...(process.versions.deno === undefined ? {} : { deno: process.versions.deno }),
    v8: process.versions.v8,
    os: `${systemName()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    date: new Date().toISOString(),
    packages: {
      normlayers: ownVersion,
      ...Object.fromEntries(frameworks.filter(([, version]) => version !== null)),
    },
  };
}
