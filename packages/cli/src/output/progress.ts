import ora from 'ora';

/** One line on a terminal that says how far a long run is. */
export interface Progress {
  show(text: string): void;
  stop(): void;
}

/** Progress on standard error where that is a terminal; nothing in a pipe. */
export function startProgress(quiet: boolean): Progress {
  // A terminal that tells no width (a bare pty) has ora clear lines without end.
  if (quiet || !process.stderr.isTTY || process.stderr.columns === 0) return { show() {}, stop() {} };
  const spinner = ora({ stream: process.stderr, discardStdin: false }).start();
  return {
    show(text) {
      spinner.text = text;
    },
    stop() {
      spinner.stop();
    },
  };
}
