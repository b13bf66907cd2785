import { type Theme, withBase } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { lazyWidget, type Room } from '../../src/widgets/lazy-widget';
import 'katex/dist/katex.min.css';
import './style.css';
import './built-in-markup.css';
import './home.css';

/** Every widget is a chunk of its own, fetched when it comes into view, with the room that it takes. */
const WIDGETS: Readonly<Record<string, Parameters<typeof lazyWidget>>> = {
  NormPicture: [
    () => import('../../src/picture/NormPicture.vue'),
    { narrow: 1692, wide: 731, zh: { narrow: 1612, wide: 720 } },
  ],
  TrapDemo: [() => import('../../src/traps/TrapDemo.vue'), ({ name }) => TRAP_ROOM[String(name)]],
  ConformanceApp: [
    () => withAdapters(import('../../src/conformance/ConformanceApp.vue')),
    { narrow: 2165, wide: 1287 },
  ],
  SpeedApp: [
    () => withAdapters(import('../../src/speed/SpeedApp.vue')),
    { narrow: 1401, wide: 722, zh: { narrow: 1324, wide: 722 } },
  ],
  ExperimentRun: [() => import('../../src/experiments/ExperimentRun.vue'), { narrow: 168, wide: 105 }],
  ConvertApp: [
    () => import('../../src/convert/ConvertApp.vue'),
    { narrow: 1651, wide: 1208, zh: { narrow: 1444, wide: 1188 } },
  ],
  ModelApp: [() => import('../../src/model/ModelApp.vue'), { narrow: 248, wide: 170 }],
  BreakApp: [
    () => withAdapters(import('../../src/break/BreakApp.vue')),
    { narrow: 2683, wide: 1531, zh: { narrow: 2485, wide: 1491 } },
  ],
  ChoosePath: [
    () => import('../../src/choose/ChoosePath.vue'),
    { narrow: 552, wide: 300, zh: { narrow: 448, wide: 272 } },
  ],
};

/** Traps differ in how many rows they have. */
const TRAP_ROOM: Readonly<Record<string, Room>> = {
  momentum: { narrow: 215, wide: 215 },
  variance: { narrow: 149, wide: 149 },
  epsilon: { narrow: 182, wide: 182 },
  layout: { narrow: 149, wide: 149 },
  cancellation: { narrow: 208, wide: 182, zh: { narrow: 182, wide: 182 } },
  float16: { narrow: 182, wide: 182 },
  folding: { narrow: 201, wide: 149, zh: { narrow: 175, wide: 149 } },
};

/** A widget that offers adapters: shown when it is known which of them can run here. */
async function withAdapters<T>(widget: Promise<T>): Promise<T> {
  const { askTheBrowser } = await import('../../src/adapters/missing');
  await askTheBrowser();
  return widget;
}

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    for (const [name, widget] of Object.entries(WIDGETS)) app.component(name, lazyWidget(...widget));
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
