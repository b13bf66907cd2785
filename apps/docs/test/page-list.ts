import { PACKAGES } from '../.vitepress/navigation';

/** Every page that is written by hand, in both languages. */
export const PAGES = [
  '',
  'guide/',
  'guide/comparison',
  'guide/choose',
  'guide/traps',
  'guide/beyond',
  'guide/models',
  'conformance',
  'speed',
  'devices',
  'break-it',
  'model',
  'convert',
  'recipes',
]
  .flatMap((page) => [page, `zh/${page}`])
  .map(withEnding);

/** The pages that are generated, all of one make. */
export const REFERENCE = ['', ...PACKAGES]
  .flatMap((page) => [`reference/${page}`, `zh/reference/${page}`])
  .map(withEnding);

function withEnding(page: string): string {
  return page === '' || page.endsWith('/') ? page : `${page}.html`;
}
