/** Why no browser runs here, in a sentence that a person can act on. */
export class BrowserError extends Error {
  /** `usage`: what was asked for is wrong. `environment`: this machine, or the browser, lacks something. */
  readonly kind: 'usage' | 'environment';

  constructor(kind: 'usage' | 'environment', message: string) {
    super(message);
    this.name = 'BrowserError';
    this.kind = kind;
  }
}
