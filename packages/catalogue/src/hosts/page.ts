export { lackedByBrowser, rendererOfWebgl2 } from './browser-needs';

import { loadOrt, loadTfjs } from '@normlayers/browsers/page';
import type { Host } from '../host';
import { lackedByBrowser, nodeOnly } from './browser-needs';

/** A page that `@normlayers/browsers` serves, with the frameworks as they are installed beside it. */
export const PAGE: Host = {
  lacks: async (need) => (need === 'own page' ? null : lackedByBrowser(need)),
  frameworks: { ort: loadOrt, tfjs: loadTfjs, jax: nodeOnly },
};
