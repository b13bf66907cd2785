import { type PageOwner, type PagePlace, watchPage } from './page-watch';

/** Work that is done in pages, one after another, until nothing is left of it. */
export interface PageWork extends PageOwner {
  /** Before a page is opened: whether there is anything left for it. */
  begin(): boolean;
  /** A page has ended before its work was done: whoever's turn it was is charged with it, or the case. */
  charge(fault: string): void;
}

/**
 * Does work in pages: one that hangs, crashes or loses its device is charged to whoever's turn it was, and a new page does
 * what is left. A page that was not heard of has computed nothing: to open it once more, as on a busy machine, hides no failure.
 *
 * @throws CommandError `environment` where the browser ends or a page is closed in mid-run; the signal's reason.
 */
export async function runInPages(place: PagePlace, work: PageWork): Promise<void> {
  let silent = 0;
  while (work.begin()) {
    const { fault, reported } = await watchPage(place, work);
    silent = reported ? 0 : silent + 1;
    if (fault === null || silent === 1) continue;
    silent = 0;
    work.charge(fault);
  }
}
