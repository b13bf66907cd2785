import { arch, cpus, platform, release } from 'node:os';
import { version as ownVersion } from './version';

/** Where a report was made: what someone needs to make it again. */
export interface Environment {
  readonly runtime: 'node';
  readonly node: string;
  readonly v8: string;
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  readonly date: string;
  /** Versions of normlayers and of the frameworks under test. */
  readonly packages: Readonly<Record<string, string>>;
}

export async function describeEnvironment(): Promise<Environment> {
  const [{ env }, { version }] = await Promise.all([import('onnxruntime-web'), import('@tensorflow/tfjs')]);
  return {
    runtime: 'node',
    node: process.versions.node,
    v8: process.versions.v8,
    os: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    date: new Date().toISOString(),
    packages: {
      normlayers: ownVersion,
      'onnxruntime-web': env.versions.web ?? env.versions.common,
      '@tensorflow/tfjs': version.tfjs,
    },
  };
}
