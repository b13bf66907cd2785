import { BUILD } from '../../scripts/define-package.mjs';
import { licenceNotices } from '../../scripts/licence-notices.mjs';

export default [
  {
    ...BUILD,
    entry: 'src/normlayers.ts',
    target: 'node20',
    platform: 'node',
    dts: false,
    // The page's folder is the other build's, which runs at the same time.
    clean: ['dist/*', '!dist/page'],
    plugins: [licenceNotices()],
  },
  {
    // What a browser loads: our packages bundled, the frameworks served from where they are installed.
    ...BUILD,
    entry: [
      'src/page/page.ts',
      'src/page/suite-worker.ts',
      'src/page/bench-worker.ts',
      'src/page/model-worker.ts',
    ],
    copy: 'src/page/public/*',
    outDir: 'dist/page',
    platform: 'browser',
    dts: false,
    minify: true,
    deps: { alwaysBundle: [/.*/] },
    plugins: [licenceNotices()],
  },
];
