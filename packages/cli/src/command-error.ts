/** The command's exit codes; 130 is what a shell expects of a command that Ctrl-C has stopped. */
export const EXIT = { passed: 0, failed: 1, usage: 2, environment: 3, interrupted: 130 } as const;

/** A reason to stop that the person can do something about: a sentence and an exit code, no stack. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(kind: 'usage' | 'environment' | 'interrupted', message: string) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = EXIT[kind];
  }
}

/** A browser that ended in mid-run, in a sentence: another may take its place. */
export class BrowserLost extends CommandError {
  constructor(message: string) {
    super('environment', message);
  }
}
