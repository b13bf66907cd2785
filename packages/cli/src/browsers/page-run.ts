import type { BrowserDriver } from '@normlayers/browsers';
import { BrowserLost } from '../command-error';
import { type PageOwner, type PagePlace, watchPage } from './page-watch';

/** Work that is done in pages, one after another, until nothing is left of it. */
export interface PageWork extends PageOwner {
  /** Before a page is opened: whether there is anything left for it. */
  begin(): boolean;
  /** A page has ended before its work was done: whoever's turn it was is charged with it, or the case. */
  charge(fault: string): void;
  /** The browser is gone, and another does again what was under way. `what` says so in a sentence. */
  beginAgain(what: string): void;
}

/** A browser for pages, and where another of its kind comes from. */
export interface WorkPlace extends PagePlace {
  /** Starts another in the place of one that ended. Default: there is none, and the run ends. */
  another?(lost: BrowserDriver): Promise<BrowserDriver>;
}

/**
 * Does work in pages: one that hangs, crashes or loses its device is charged to whoever's turn it was, and a new page does
 * what is left. A page that was not heard of has computed nothing: to open it once more, as on a busy machine, hides no failure.
 * A browser that ends costs what it was computing, which another does again, once: a second that ends with it is charged.
 *
 * @throws BrowserLost where there is no browser left; CommandError `environment` where somebody closes the page; the signal's
 *   reason.
 */
export async function runInPages(place: WorkPlace, work: PageWork): Promise<void> {
  let { driver } = place;
  let silent = 0;
  let replaced = false;
  while (work.begin()) {
    try {
      const { fault, reported } = await watchPage({ ...place, driver }, work);
      silent = reported ? 0 : silent + 1;
      if (fault === null || silent === 1) continue;
      silent = 0;
      work.charge(fault);
    } catch (error) {
      if (!(error instanceof BrowserLost) || place.another === undefined) throw error;
      if (replaced) {
        work.charge(error.message.replace(/\.$/, ''));
        throw error;
      }
      replaced = true;
      work.beginAgain(error.message);
      driver = await place.another(driver);
    }
  }
}
