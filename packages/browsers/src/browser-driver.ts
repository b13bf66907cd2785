/** A browser that opens pages, however it is driven. */
export interface BrowserDriver {
  /** As it calls itself: `Chrome/150.0.7871.100`. */
  readonly version: string;
  /** Opens a page and sends it to an address; does not wait for it to load. */
  open(address: string, events: PageEvents): Promise<OpenPage>;
  /** Resolved when the browser ends before `close` is called. */
  readonly ended: Promise<void>;
  /** Ends the browser and frees what it holds. May be called twice. */
  close(): Promise<void>;
}

export interface OpenPage {
  /** Asks the browser itself whether the page is there still; also where the page hangs. */
  isOpen(): Promise<boolean>;
  /** Also where the page hangs; may be called twice. */
  close(): Promise<void>;
}

export interface PageEvents {
  /** The page's process died. */
  crashed(): void;
  /** Somebody closed the page. */
  closed(): void;
  /** The page did not load. */
  failed?(reason: string): void;
}
