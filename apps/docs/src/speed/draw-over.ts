import { type BenchCaseReport, isCopy } from '@normlayers/benchmark';
import { barLength, ladderKey } from './recorded-ladder';

/**
 * Marks on the recorded bars of the page what the same adapters took here: in times of a copy too, so that the two can be set side
 * by side. The bars keep their places.
 *
 * @param label what a mark says.
 */
export function drawOver(reports: readonly BenchCaseReport[], label: (times: number) => string): void {
  for (const mark of document.querySelectorAll('.ladder .mark')) mark.remove();
  for (const report of reports) {
    for (const result of report.results.filter((one) => !isCopy(one))) {
      const key = CSS.escape(ladderKey({ ...report, ...result }));
      const adapter = CSS.escape(result.adapter);
      for (const track of document.querySelectorAll(
        `[data-case="${key}"] [data-adapter="${adapter}"] .track`,
      )) {
        const mark = document.createElement('span');
        const at = barLength(result);
        mark.className = at > 60 ? 'mark before' : 'mark';
        mark.style.left = `${at.toFixed(1)}%`;
        mark.dataset.label = label(result.timesMemcpy);
        track.append(mark);
      }
    }
  }
}
