import { lacksGpu, startChromium } from '@normlayers/browsers';

let started: ReturnType<typeof startChromium> | undefined;

/** One Chromium for all files of a process, whose end ends it: to start a browser takes 4 s of CPU. */
export function sharedChromium(path: string): ReturnType<typeof startChromium> {
  started ??= startChromium({ path, headed: false, software: lacksGpu() });
  return started;
}
