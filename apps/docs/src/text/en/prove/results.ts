export default {
  device: 'device',
  ours: 'adapters of normlayers',
  native: 'the frameworks’ own operators',
  absent: 'not run there',
  nothing: 'nothing',
  adapter: 'adapter',
  matrix: 'Worst grade and fewest digits right, by adapter and device',
  timed: 'adapters timed',
  unranked: 'answered imprecisely or wrongly, so not ranked',
  benchCase: 'what was timed',
  benchNote:
    'How many times as long as a copy of the same bytes on the same device: the fastest adapter of ours, and the fastest that is not. Times of different devices cannot be set side by side; these shares can.',
  oursShort: 'ours',
  theirsShort: 'theirs',
  notTimed: 'not run',
  wrongAnswers: (count: number) => `${count} not ranked`,
  bars: (name: string) => `${name}: all times`,
};
