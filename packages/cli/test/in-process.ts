import { vi } from 'vitest';
import { runNormlayers } from '../src/program';

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command in this process, in a folder: a Node of its own takes half a second of CPU to load what the command is
 * made of. That its program does the same with them is tested beside each use.
 */
export async function normlayersIn(folder: string, args: readonly string[]): Promise<CommandResult> {
  const said = { stdout: '', stderr: '' };
  const hear = (stream: keyof typeof said) => (text: unknown) => {
    said[stream] += text;
    return true;
  };
  const line =
    (stream: keyof typeof said) =>
    (text: unknown = '') =>
      void hear(stream)(`${text}\n`);
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(line('stdout')),
    vi.spyOn(console, 'error').mockImplementation(line('stderr')),
    vi.spyOn(process.stdout, 'write').mockImplementation(hear('stdout')),
    vi.spyOn(process.stderr, 'write').mockImplementation(hear('stderr')),
  ];
  const before = process.cwd();
  process.chdir(folder);
  try {
    return { status: await runNormlayers(args), ...said };
  } finally {
    process.chdir(before);
    for (const spy of spies) spy.mockRestore();
  }
}
