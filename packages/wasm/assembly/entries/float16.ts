export { roundHalf, widenHalf } from '../half';
