import { OPS } from '@normlayers/core';
import { escaped } from '../charts/line-chart';
import { SIGNS } from '../conformance/cases/case-state';
import {
  type RecordedAdapter,
  type RecordedResults,
  stateOfCell,
} from '../conformance/reports/recorded-results';
import { barLength, ladderCases, type RecordedBench } from '../speed/recorded-ladder';
import { shortFigure } from '../widgets/figures';

/** The README's pictures have their colours in them: what shows them has no style sheet of ours. */
const THEMES = {
  light: {
    text: '#1f2328',
    quiet: '#59636e',
    line: '#d1d9e0',
    good: '#18794e',
    bad: '#b8272c',
    ours: '#2563eb',
    theirs: '#c2410c',
  },
  dark: {
    text: '#f0f6fc',
    quiet: '#9198a1',
    line: '#3d444d',
    good: '#4cc38a',
    bad: '#ff8589',
    ours: '#7aa7ff',
    theirs: '#ff9b66',
  },
} as const;

export type PictureTheme = keyof typeof THEMES;
type Colours = (typeof THEMES)[PictureTheme];

const ROW = 24;
const WIDTH = 820;

function picture(height: number, label: string, colours: Colours, content: readonly string[]): string {
  const font =
    'font-family="-apple-system, Segoe UI, Noto Sans, Helvetica, Arial, sans-serif" font-size="13"';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ${font} fill="${colours.text}" role="img" aria-label="${escaped(label)}">\n${content.join('\n')}\n</svg>\n`;
}

/** The recorded matrix: a row for each back end, a cell for each operation with its worst grade and fewest digits. */
export function matrixPicture(results: readonly RecordedResults[], theme: PictureTheme): string {
  const colours = THEMES[theme];
  const adapters = mostCases(results.flatMap(({ adapters: own }) => own));
  const column = (i: number) => 330 + 100 * i;
  const head = OPS.map(
    (op, i) => `<text x="${column(i)}" y="18" text-anchor="end" fill="${colours.quiet}">${op}</text>`,
  );
  const rows = adapters.map(({ name, cells = {} }, row) => {
    const y = 18 + ROW * (row + 1);
    const line = `<line x1="0" x2="${WIDTH}" y1="${y - 16}" y2="${y - 16}" stroke="${colours.line}"/>`;
    const values = OPS.map((op, i) => {
      const own = Object.entries(cells).filter(([key]) => key.startsWith(`${op} `));
      const states = own.map(([, cell]) => stateOfCell(cell));
      const worst = (['wrong', 'errored', 'imprecise', 'ordinary', 'accurate'] as const).find((state) =>
        states.includes(state),
      );
      const digits = own.flatMap(([, cell]) => cell.digits ?? []);
      const text =
        worst === undefined
          ? SIGNS.unsupported
          : `${SIGNS[worst]} ${digits.length === 0 ? '' : Math.min(...digits).toFixed(1)}`;
      const isGood = worst === 'accurate' || worst === 'ordinary';
      const fill = worst === undefined ? colours.quiet : isGood ? colours.good : colours.bad;
      return `<text x="${column(i)}" y="${y}" text-anchor="end" fill="${fill}">${text}</text>`;
    });
    return `${line}<text x="0" y="${y}">${escaped(name)}</text>${values.join('')}`;
  });
  const label = `Digits right in the worst case, and its grade, of ${adapters.length} back ends`;
  return picture(ROW * (adapters.length + 1) + 4, label, colours, [...head, ...rows]);
}

/** Of each back end the run that had the most cases. */
function mostCases(adapters: readonly RecordedAdapter[]): RecordedAdapter[] {
  const count = ({ cells = {} }: RecordedAdapter) =>
    Object.values(cells).reduce(
      (sum, { counts }) => sum + Object.values(counts).reduce((a, b) => a + b, 0),
      0,
    );
  const most = new Map<string, RecordedAdapter>();
  for (const adapter of adapters) {
    const known = most.get(adapter.name);
    if (adapter.cells !== undefined && (known === undefined || count(adapter) > count(known))) {
      most.set(adapter.name, adapter);
    }
  }
  return [...most.values()];
}

/** The recorded ladder: times of a copy of the same bytes, logarithmic. */
export function ladderPicture(bench: RecordedBench, theme: PictureTheme): string {
  const colours = THEMES[theme];
  const content: string[] = [];
  let y = 0;
  for (const { title, residency, times } of ladderCases(bench).filter(
    ({ residency: own }) => own === 'device',
  )) {
    y += 24;
    content.push(`<text x="0" y="${y}" font-weight="600">${escaped(title)}, ${residency}</text>`);
    for (const time of times) {
      y += ROW;
      const isOurs = !time.adapter.startsWith('native:') && !time.adapter.startsWith('plain');
      const length = (barLength(time) / 100) * 360;
      content.push(
        `<text x="0" y="${y}">${escaped(time.adapter)}</text><rect x="230" y="${y - 11}" width="${length.toFixed(0)}" height="13" rx="3" fill="${isOurs ? colours.ours : colours.theirs}"/><text x="${(240 + length).toFixed(0)}" y="${y}" fill="${colours.quiet}">${shortFigure(time.timesMemcpy)} × copy</text>`,
      );
    }
    y += 10;
  }
  return picture(y + 4, 'Times of a copy of the same bytes that Layer Norm takes', colours, content);
}
