import { existsSync, readFileSync } from 'node:fs';
import type { MarkdownRenderer } from 'vitepress';
import { recordedMatrix } from '../src/conformance/reports/recorded-matrix';
import { type RecordedResults, RUNTIMES } from '../src/conformance/reports/recorded-results';
import { comparisonPage } from '../src/experiments/comparison-page';
import type { Recording } from '../src/experiments/recorded/recording';
import { homeFigures } from '../src/home/home-figures';
import { homePicture, type RecordedDigits } from '../src/home/home-picture';
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

/** What a page has in it as HTML, of what was recorded: `<!-- comparison -->` alone in a paragraph stands for it. */
const MARKUP: Readonly<Record<string, Markup>> = {
  comparison: (language) =>
    comparisonPage(recorded<Recording>('src/experiments/recorded/experiments.json'), language),
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
