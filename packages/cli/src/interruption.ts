import { CommandError } from './command-error';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Hears Ctrl-C and the like for as long as `use` takes: its signal is then aborted with a CommandError `interrupted`. */
export async function withInterruption<T>(use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals) =>
    interruption.abort(
      new CommandError('interrupted', `stopped by ${signal === 'SIGINT' ? 'Ctrl-C' : signal}.`),
    );
  for (const signal of SIGNALS) process.once(signal, interrupt);
  try {
    return await use(interruption.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
