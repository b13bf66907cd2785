export { loadOrt, loadTfjs, type OrtBuild, type TfjsWasmBuild } from '@normlayers/browsers/page';
export { answer } from './page-answer';
