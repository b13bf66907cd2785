import type { Ora } from 'ora';

/** One line on a terminal that says how far a long run is. */
export interface Progress {
  show(text: string): void;
  stop(): void;
}

/** Progress on standard error where that is a terminal; nothing in a pipe. */
export function startProgress(quiet: boolean): Progress {
  // A terminal that tells no width (a bare pty) has ora clear lines without end.
  if (quiet || !process.stderr.isTTY || process.stderr.columns === 0) return { show() {}, stop() {} };
  let latest = '';
  let stopped = false;
  let spinner: Ora | undefined;
  // Loading it takes 0.1 s, which a run without a terminal does not need.
  void import('ora').then(({ default: ora }) => {
    if (!stopped) spinner = ora({ text: latest, stream: process.stderr, discardStdin: false }).start();
  });
  return {
    show(text) {
      latest = text;
      if (spinner !== undefined) spinner.text = text;
    },
    stop() {
      stopped = true;
      spinner?.stop();
    },
  };
}
