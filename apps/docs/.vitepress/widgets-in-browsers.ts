import type { UserConfig } from 'vitepress';

/** VitePress has a Vite of its own. */
export type Plugin = Extract<
  NonNullable<NonNullable<UserConfig['vite']>['plugins']>[number],
  { name: string }
>;

const NOTHING = '\0no-widget';

/**
 * Leaves the widgets out of the bundle that the pages are rendered with: they run in browsers only, and with them come their
 * worker and the frameworks, which took half of the build.
 */
export const widgetsInBrowsers: Plugin = {
  name: 'widgets-in-browsers',
  enforce: 'pre',
  resolveId(id, importer, { ssr }) {
    return ssr && id.endsWith('.vue') && importer?.includes('.vitepress/theme/index') ? NOTHING : undefined;
  },
  load: (id) => (id === NOTHING ? 'export default {};' : undefined),
};
