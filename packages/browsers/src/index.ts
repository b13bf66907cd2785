export type { BrowserDriver, OpenPage, PageEvents } from './browser-driver';
export { BrowserError } from './browser-error';
export { type BrowserRuntime, findBrowser } from './find-browser';
export { installedAt, installedVersion } from './installed-packages';
export {
  type ChromiumOptions,
  chromiumFlags,
  driverOf,
  lacksGpu,
  launchChromium,
  startChromium,
} from './launch-chromium';
export { type FirefoxOptions, launchFirefox } from './launch-firefox';
export { type PageServer, type PageServerOptions, servePage } from './page-server';
export { connectRemote, type RemoteOptions } from './remote-browser';
