import { type Theme, withBase } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { lazyWidget } from '../../src/widgets/lazy-widget';
import 'katex/dist/katex.min.css';
import './style.css';
import './built-in-markup.css';
import './home.css';

/** Every widget is a chunk of its own, fetched when it comes into view. */
const WIDGETS = {
  NormPicture: () => import('../../src/picture/NormPicture.vue'),
  TrapDemo: () => import('../../src/traps/TrapDemo.vue'),
  ConformanceApp: () => withAdapters(import('../../src/conformance/ConformanceApp.vue')),
  SpeedApp: () => withAdapters(import('../../src/speed/SpeedApp.vue')),
  ExperimentRun: () => import('../../src/experiments/ExperimentRun.vue'),
  ConvertApp: () => import('../../src/convert/ConvertApp.vue'),
  ModelApp: () => import('../../src/model/ModelApp.vue'),
  BreakApp: () => withAdapters(import('../../src/break/BreakApp.vue')),
  ChoosePath: () => import('../../src/choose/ChoosePath.vue'),
};

/** A widget that offers adapters: shown when it is known which of them can run here. */
async function withAdapters<T>(widget: Promise<T>): Promise<T> {
  const { askTheBrowser } = await import('../../src/adapters/missing');
  await askTheBrowser();
  return widget;
}

const SHORT = ['TrapDemo', 'ChoosePath', 'ExperimentRun'];

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    for (const [name, load] of Object.entries(WIDGETS)) {
      app.component(name, lazyWidget(load, SHORT.includes(name) ? 'short' : 'tall'));
    }
    if (!import.meta.env.SSR && import.meta.env.PROD) isolateNextTime();
  },
} satisfies Theme;

/** Where the host sets no isolation headers, a service worker adds them from the next load on. */
function isolateNextTime(): void {
  if (window.crossOriginIsolated || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register(withBase('/isolation-worker.js')).catch(() => {
    // Private windows refuse service workers: the site then runs on one thread.
  });
}
