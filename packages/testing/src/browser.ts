export { type ChromiumPages, chromiumPages } from './chromium-pages';
export { browserToTest } from './installed-browser';
export {
  descendantsOf,
  isAlive,
  isBrowser,
  isRenderer,
  killFamily,
  type Process,
  processAt,
} from './processes';
export { sharedChromium } from './shared-chromium';
