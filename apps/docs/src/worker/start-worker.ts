import type { Work } from './page.worker';
import PageWorker from './page.worker?worker';

/** Starts the pages' worker on one kind of work. In this place only: at each other the build bundles the frameworks anew. */
export function startWorker(work: Work): Worker {
  return new PageWorker({ name: work });
}
