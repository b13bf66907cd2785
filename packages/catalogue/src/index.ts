export { CATALOGUE, entryOf, SUITE_ENTRIES } from './catalogue';
export {
  type CatalogueEntry,
  type Family,
  megabytesOf,
  type Need,
  type OpeningCode,
  type Part,
} from './entry';
export type { Frameworks, OrtBuild, TfjsWasmBuild } from './frameworks';
export type { Host } from './host';
export { type InspectedOutput, type Inspection, inspectCase, inspectionText } from './inspect-case';
export { type Absence, absenceOf, openEntry } from './open-entry';
export { packagesOf } from './packages-of';
export { reproduceCall } from './reproduce-call';
