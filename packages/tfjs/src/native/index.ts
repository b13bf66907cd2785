export { nativeTfjsAdapter } from './adapter';
