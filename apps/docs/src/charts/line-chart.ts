import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';

/** A line of a chart, and where it has several runs behind it, how far these spread. */
export interface ChartLine {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly spread?: readonly (readonly [x: number, least: number, most: number])[];
  /** Drawn over the others, thick: what was run here and now. */
  readonly live?: boolean;
  /** Which colour and dashes, where it is not the line's place: a live line has those of the one it is drawn over. */
  readonly style?: number;
}

export interface LineChart {
  readonly lines: readonly ChartLine[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** What is seen, for those who do not see it. */
  readonly label: string;
  readonly logarithmic?: { readonly x?: boolean; readonly y?: boolean };
}

const WIDTH = 420;
const HEIGHT = 230;
const MARGIN = { left: 54, right: 18, top: 8, bottom: 36 };
/** Told apart by dashes as well as by colour. */
const DASHES = ['', '7 3', '2 3', '10 3 2 3', '4 4'];

/** A chart as SVG, the same in the build and in the page. Colours are the theme's variables. */
export function lineChart({ lines, xLabel, yLabel, label, logarithmic = {} }: LineChart): string {
  const drawn = lines.filter(({ points }) => points.length > 0);
  const xs = drawn.flatMap(({ points }) => points.map(([x]) => x));
  const ys = drawn.flatMap(({ points, spread = [] }) => [
    ...points.map(([, y]) => y),
    ...spread.flatMap(([, least, most]) => [least, most]),
  ]);
  const x = scaleOf(xs, [MARGIN.left, WIDTH - MARGIN.right], logarithmic.x ?? false);
  const y = scaleOf(ys, [HEIGHT - MARGIN.bottom, MARGIN.top], logarithmic.y ?? false).nice();
  const colour = (i: number) => `var(--nl-line-${(i % 5) + 1})`;
  const areas = drawn.flatMap(({ spread = [], style }, i) => {
    const path = area<readonly [number, number, number]>()
      .x(([at]) => x(at))
      .y0(([, least]) => y(least))
      .y1(([, , most]) => y(most))(spread);
    return path === null || spread.length === 0
      ? []
      : [`<path d="${short(path)}" fill="${colour(style ?? i)}" opacity="0.16"/>`];
  });
  const strokes = drawn.map(({ points, live, style }, i) => {
    const path = line<readonly [number, number]>()
      .x(([at]) => x(at))
      .y(([, value]) => y(value))(points);
    const dash = DASHES[(style ?? i) % DASHES.length];
    const dashes = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
    return `<path d="${short(path ?? '')}" fill="none" stroke="${colour(style ?? i)}" stroke-width="${live ? 3.5 : 1.8}"${dashes}/>`;
  });
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(label)}" class="line-chart">`,
    ...axes(x, y, logarithmic),
    `<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 5}" text-anchor="middle" class="axis-name">${escaped(xLabel)}</text>`,
    `<text transform="translate(11 ${(HEIGHT - MARGIN.bottom) / 2}) rotate(-90)" text-anchor="middle" class="axis-name">${escaped(yLabel)}</text>`,
    ...areas,
    ...strokes,
    '</svg>',
  ].join('');
}

/** The legend of a chart: a sample of each line with its name. */
export function chartLegend(names: readonly string[]): string {
  const entries = names.map((name, i) => {
    const dash = DASHES[i % DASHES.length];
    const dashes = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
    const sample = `<svg width="28" height="8" aria-hidden="true"><line x1="0" y1="4" x2="28" y2="4" stroke="var(--nl-line-${(i % 5) + 1})" stroke-width="2.5"${dashes}/></svg>`;
    return `<span>${sample}${escaped(name)}</span>`;
  });
  return `<span class="chart-legend">${entries.join('')}</span>`;
}

type Scale = ScaleContinuousNumeric<number, number>;

function scaleOf(values: readonly number[], range: [number, number], logarithmic: boolean): Scale {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!Number.isFinite(least)) return scaleLinear([0, 1], range);
  if (logarithmic) return scaleLog([least, most > least ? most : least * 10], range);
  return scaleLinear([least, most > least ? most : least + 1], range);
}

function axes(x: Scale, y: Scale, logarithmic: { x?: boolean; y?: boolean }): string[] {
  const bottom = HEIGHT - MARGIN.bottom;
  const across = ticksOf(x, logarithmic.x ?? false).map(
    (tick) =>
      `<line x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${MARGIN.top}" y2="${bottom}" class="grid"/><text x="${at(x(tick))}" y="${bottom + 14}" text-anchor="middle">${figure(tick)}</text>`,
  );
  const up = ticksOf(y, logarithmic.y ?? false).map(
    (tick) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at(y(tick))}" y2="${at(y(tick))}" class="grid"/><text x="${MARGIN.left - 5}" y="${at(y(tick) + 4)}" text-anchor="end">${figure(tick)}</text>`,
  );
  return [...across, ...up];
}

/** Of a logarithmic axis each power of ten, or every second or third one; where there is one at most, 1, 2 and 5 of each. */
function ticksOf(scale: Scale, logarithmic: boolean): number[] {
  const ticks = scale.ticks(5);
  if (!logarithmic) return ticks;
  const powers = ticks.filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  if (powers.length < 2) return ticks.filter((tick) => [1, 2, 5].includes(leadingDigit(tick)));
  return powers.filter((_, i) => i % Math.ceil(powers.length / 6) === 0);
}

const leadingDigit = (value: number) => Number(value.toExponential(0)[0]);

function figure(value: number): string {
  const size = Math.abs(value);
  const text =
    size >= 1e4 || (size > 0 && size < 1e-2) ? value.toExponential(0) : String(Number(value.toPrecision(3)));
  return text.replace('e+', 'e').replaceAll('-', '−');
}

const at = (place: number) => String(Math.round(place * 10) / 10);
const short = (path: string) => path.replaceAll(/\d+\.\d+/g, (number) => at(Number(number)));

/** For text between tags and in attributes; braces too, which a page's compiler would read. */
export function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    '{': '&#123;',
    '}': '&#125;',
  };
  return text.replaceAll(/[&<>"{}]/g, (character) => names[character]);
}
