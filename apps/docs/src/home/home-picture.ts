import { escaped } from '../charts/line-chart';
import en from '../text/en/learn/home';
import zh from '../text/zh/learn/home';
import { OFFSETS, type RecordedDigits, SHOWN } from './recorded-digits';

const [WIDTH, HEIGHT] = [720, 292];
const LAMPS = 7;
/** The step that is shown where nothing moves: 10,000. */
const STILL = OFFSETS.indexOf(1e4);
const LEFT = 250;

/**
 * The home page's moving picture: a row of numbers slides away from zero, and digits go out one by one. It moves by style
 * sheets alone; where motion is not wanted it stands at 10,000.
 */
export function homePicture({ lines }: RecordedDigits, language: 'en' | 'zh'): string {
  const words: typeof en = language === 'zh' ? zh : en;
  const steps = OFFSETS.length;
  const dots = [-30, -19, -11, -4, 2, 9, 17, 31].map(
    (place) => `<circle cx="${70 + place}" cy="62" r="5" class="dot"/>`,
  );
  const offsets = OFFSETS.map(
    (offset, i) =>
      `<text x="70" y="32" text-anchor="middle" class="offset step step-${i}">${offset.toLocaleString('en-US')}</text>`,
  );
  const rows = SHOWN.map((name, row) => {
    const y = 118 + 58 * row;
    const digits = lines[name];
    const lamps = Array.from({ length: LAMPS }, (_, lamp) => {
      // A digit that is right for the better part.
      const lit = digits.map((right) => right >= lamp + 0.5);
      const out = lit.indexOf(false);
      const state = out === -1 ? 'stays' : `out-${out}`;
      const still = lit[STILL] ? '' : ' dark';
      return `<rect x="${LEFT + lamp * 50}" y="${y}" width="40" height="40" rx="8" class="lamp ${state}${still}"/>`;
    });
    const counts = digits.map(
      (right, i) =>
        `<text x="${LEFT + LAMPS * 50 + 12}" y="${y + 28}" class="count step step-${i}">${right.toFixed(1)}</text>`,
    );
    const label = words.lines[name];
    return `<g class="${name.startsWith('native') || name === 'textbook' ? 'theirs' : 'ours'}"><text x="8" y="${y + 18}" class="name">${escaped(label[0])}</text><text x="8" y="${y + 35}" class="about">${escaped(label[1])}</text>${lamps.join('')}${counts.join('')}</g>`;
  });
  return [
    `<figure class="home-picture"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(words.picture)}">`,
    // A style tag of its own would not be let through by the page's compiler.
    `<component is="style">${keyframes(steps)}</component>`,
    `<line x1="30" x2="${WIDTH - 20}" y1="76" y2="76" class="axis"/><line x1="40" x2="40" y1="70" y2="82" class="axis"/><text x="40" y="98" text-anchor="middle" class="about">0</text>`,
    `<g class="slide">${dots.join('')}${offsets.join('')}</g>`,
    ...rows,
    `</svg><figcaption>${escaped(words.caption)}</figcaption></figure>`,
  ].join('');
}

/** Each step lasts as long; the last twice. */
function keyframes(steps: number): string {
  const share = (step: number) => ((100 * step) / (steps + 1)).toFixed(2);
  const goesOut = Array.from(
    { length: steps },
    (_, step) =>
      `@keyframes nl-out-${step}{0%,${share(step)}%{opacity:1}${(Number(share(step)) + 2).toFixed(2)}%,100%{opacity:.12}}.home-picture .out-${step}{animation-name:nl-out-${step}}`,
  );
  const shows = Array.from({ length: steps }, (_, step) => {
    const to = step === steps - 1 ? '100' : share(step + 1);
    const before = step === 0 ? '' : `0%,${(Number(share(step)) - 0.01).toFixed(2)}%{opacity:0}`;
    const after = step === steps - 1 ? '' : `${(Number(to) + 0.01).toFixed(2)}%,100%{opacity:0}`;
    return `@keyframes nl-step-${step}{${before}${share(step)}%,${to}%{opacity:1}${after}}.home-picture .step-${step}{animation-name:nl-step-${step}}`;
  });
  const places = Array.from({ length: steps }, (_, step) => {
    const to = step === steps - 1 ? '100' : (Number(share(step + 1)) - 4).toFixed(2);
    return `${share(step)}%,${to}%{transform:translateX(${slideTo(step)}px)}`;
  });
  return `@keyframes nl-slide{${places.join('')}}.home-picture .slide{transform:translateX(${slideTo(STILL)}px)}.home-picture .step{opacity:0}.home-picture .step-${STILL}{opacity:1}${shows.join('')}${goesOut.join('')}`;
}

const slideTo = (step: number) => Math.round(((WIDTH - 150) * step) / (OFFSETS.length - 1));
