/** float16 in and out: see half.ts. */
export { roundHalf, widenHalf } from './half';
