import en from '../text/en/learn/experiments';
import zh from '../text/zh/learn/experiments';
import { experimentCard } from './experiment-card';
import type { BeyondName } from './experiment-names';
import type { Recording } from './recorded/recording';

/** An experiment of the page about what came after as HTML, with its recorded plot. */
export function beyondExperiment(recording: Recording, name: BeyondName, language: 'en' | 'zh'): string {
  const card = experimentCard(language === 'zh' ? zh : en, name, recording.experiments[name]);
  return `<div class="experiments">${card}</div>`;
}
