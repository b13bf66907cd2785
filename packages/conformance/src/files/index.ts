/**
 * The suite's files, for Node: vectors in, exported cases out.
 *
 * @module
 */
export { type ExportOptions, exportVectors, type JudgeOptions, judgeVectors } from './exchange-folder';
export { type ReadVectors, readVectors, vectorsFolder } from './read-vectors';
