import { HEARD, type PageMessage, type PageOrder, type Turn } from './protocol';

/** Tells the page something, and so the command. */
export function post(message: PageMessage): void {
  self.postMessage(message);
}

/** Carries out the page's orders, one after another, and tells how each ended. */
export function work<O extends PageOrder>(run: (order: O) => Promise<void>): void {
  self.addEventListener('message', async ({ data }: MessageEvent<O | typeof HEARD>) => {
    if (data === HEARD) return;
    try {
      await run(data);
      post({ kind: 'done' });
    } catch (error) {
      post({ kind: 'fault', reason: (error as Error).message });
    }
  });
}

/** Done when the command knows whose turn it is. */
export function takeTurn(turn: Turn): Promise<void> {
  return new Promise((resolve) => {
    const listener = ({ data }: MessageEvent) => {
      if (data !== HEARD) return;
      self.removeEventListener('message', listener);
      resolve();
    };
    self.addEventListener('message', listener);
    post({ kind: 'turn', turn });
  });
}
