import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { generatedCases } from '@normlayers/conformance';
import type { MarkdownRenderer } from 'vitepress';
import { condensedReport } from '../src/conformance/reports/condensed-report';
import { recordedMatrix } from '../src/conformance/reports/recorded-matrix';
import { type RecordedResults, RUNTIMES } from '../src/conformance/reports/recorded-results';
import { comparisonPage } from '../src/experiments/comparison-page';
import type { Recording } from '../src/experiments/recorded/recording';
import { homeFigures } from '../src/home/home-figures';
import { homePicture } from '../src/home/home-picture';
import type { RecordedDigits } from '../src/home/recorded-digits';
import { checkReport } from '../src/results/check-report';
import { type DeviceRun, resultsList } from '../src/results/results-list';
import { BENCHES, type RecordedBench, recordedLadder } from '../src/speed/recorded-ladder';

type Markup = (language: 'en' | 'zh') => string;

const file = (path: string) => new URL(`../${path}`, import.meta.url);
const recorded = <T>(path: string) => JSON.parse(readFileSync(file(path), 'utf8')) as T;
const benches = () =>
  BENCHES.filter((name) => existsSync(file(`public/recorded/bench-${name}.json`))).map(
    (name) => [name, recorded<RecordedBench>(`public/recorded/bench-${name}.json`)] as const,
  );
const runtimes = () =>
  RUNTIMES.filter((runtime) => existsSync(file(`public/recorded/${runtime}.json`))).map(
    (runtime) => [runtime, recorded<RecordedResults>(`public/recorded/${runtime}.json`)] as const,
  );

/** This project's own runs, and those that others have sent. */
function deviceRuns(): DeviceRun[] {
  const own = runtimes().map(([runtime, results]) => ({ name: `normlayers: ${runtime}`, results }));
  const known = new Set(generatedCases().map(({ name }) => name));
  const sent = readdirSync(file('results'))
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const read = checkReport(recorded(`results/${name}`));
      if (read.kind !== 'conformance') return [];
      return [{ name: name.replace(/\.json$/, ''), results: condensedReport(read.report, known) }];
    });
  return [...own, ...sent];
}

/** What a page has in it as HTML, of what was recorded: `<!-- comparison -->` alone in a paragraph stands for it. */
const MARKUP: Readonly<Record<string, Markup>> = {
  comparison: (language) =>
    comparisonPage(recorded<Recording>('src/experiments/recorded/experiments.json'), language),
  devices: (language) => resultsList(deviceRuns(), language),
  picture: (language) => homePicture(recorded<RecordedDigits>('src/home/recorded/digits.json'), language),
  figures: (language) =>
    homeFigures(
      {
        digits: recorded('src/home/recorded/digits.json'),
        node: recorded('public/recorded/node.json'),
        chromium: recorded('public/recorded/chromium.json'),
        bench: recorded('public/recorded/bench-node.json'),
      },
      language,
    ),
  ladder: (language) => recordedLadder(benches(), language),
  matrix: (language) => recordedMatrix(runtimes(), language),
};

/** Puts the markup in its place, in the language of the page's folder. */
export function builtInMarkup(md: MarkdownRenderer): void {
  const { html_block: render } = md.renderer.rules;
  md.renderer.rules.html_block = (tokens, index, options, env, self) => {
    const [, name] = tokens[index].content.match(/^<!-- (\w+) -->\s*$/) ?? [];
    const markup = MARKUP[name];
    if (markup !== undefined) return markup(/(^|\/)zh\//.test(env.relativePath ?? '') ? 'zh' : 'en');
    return render?.(tokens, index, options, env, self) ?? tokens[index].content;
  };
}
