import type { RecordedResults } from '../conformance/reports/recorded-results';
import type { RecordedBench } from '../speed/recorded-ladder';
import { ladderPicture, matrixPicture, type PictureTheme } from './pictures';

/**
 * Every picture of the README, by file name.
 *
 * @param read gives what was recorded under a name.
 */
export function readmePictures(read: (name: string) => unknown): [string, string][] {
  const results = ['chromium', 'node'].map((name) => read(name) as RecordedResults);
  const bench = read('bench-node') as RecordedBench;
  return (['light', 'dark'] as const satisfies readonly PictureTheme[]).flatMap(
    (theme): [string, string][] => [
      [`conformance-${theme}`, matrixPicture(results, theme)],
      [`speed-${theme}`, ladderPicture(bench, theme)],
    ],
  );
}
