import { escaped } from '../charts/line-chart';
import type { RecordedResults } from '../conformance/reports/recorded-results';
import type { RecordedBench } from '../speed/recorded-ladder';
import en from '../text/en/learn/home';
import zh from '../text/zh/learn/home';
import { shortFigure } from '../widgets/figures';
import type { RecordedDigits } from './recorded-digits';

export interface FigureSources {
  readonly digits: RecordedDigits;
  readonly node: RecordedResults;
  readonly chromium: RecordedResults;
  readonly bench: RecordedBench;
}

/** A figure of ours in a sentence, with the command that shows it. */
export interface HomeFigure {
  readonly figure: string;
  readonly sentence: string;
  readonly command: string;
}

/** The three figures, out of what was recorded. */
export function figuresOf(
  { digits, node, chromium, bench }: FigureSources,
  language: 'en' | 'zh',
): HomeFigure[] {
  const words: typeof en = language === 'zh' ? zh : en;
  const at = digits.offsets.indexOf(1e4);
  const [ours, theirs] = ['onnxruntime-web/wasm', 'native:onnxruntime-web/wasm'].map(
    (name) => digits.lines[name][at],
  );
  const { adapters, cases } = casesOf(node, chromium);
  const time = (adapter: string) =>
    bench.results.find(
      (one) => one.adapter === adapter && one.shape.join('x') === '4096x768' && one.residency === 'device',
    );
  const [fast, slow] = [time('wasm'), time('native:onnxruntime-web/wasm')];
  return [
    {
      figure: ours.toFixed(1),
      sentence: words.digits(ours, theirs),
      command:
        "npm run conformance -- --adapter native:onnxruntime-web/wasm,onnxruntime-web/wasm --case 'layerNorm inference float32 offset 10000'",
    },
    {
      figure: cases.toLocaleString('en-US'),
      sentence: words.cases(cases, adapters),
      command: 'npm run conformance',
    },
    {
      figure: `${shortFigure(fast?.timesMemcpy)} ×`,
      sentence: words.speed(shortFigure(fast?.timesMemcpy), shortFigure(slow?.timesMemcpy)),
      command: 'npm run bench -- --adapter wasm,native:onnxruntime-web/wasm --op layerNorm --shape 4096x768',
    },
  ];
}

/** How many back ends of ours ran in Node or Chromium, and how many cases each of them had at most. */
function casesOf(...runs: readonly RecordedResults[]): { adapters: number; cases: number } {
  const names = new Set<string>();
  let cases = 0;
  for (const { name, kind, cells } of runs.flatMap(({ adapters }) => adapters)) {
    if (kind !== 'ours' || cells === undefined) continue;
    names.add(name);
    const own = Object.values(cells).reduce(
      (sum, { counts }) => sum + Object.values(counts).reduce((a, b) => a + b, 0),
      0,
    );
    cases = Math.max(cases, own);
  }
  return { adapters: names.size, cases };
}

/** The figures as HTML. */
export function homeFigures(sources: FigureSources, language: 'en' | 'zh'): string {
  const items = figuresOf(sources, language).map(
    ({ figure, sentence, command }) =>
      `<li><b>${escaped(figure)}</b><p>${escaped(sentence)}</p><pre tabindex="0"><code>${escaped(command)}</code></pre></li>`,
  );
  return `<ul class="home-figures">${items.join('')}</ul>`;
}
