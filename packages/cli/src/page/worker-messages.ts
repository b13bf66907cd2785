import type { PageMessage, PageOrder } from './protocol';

/** Tells the page something, and so the command. */
export function post(message: PageMessage): void {
  self.postMessage(message);
}

/** Hears the page's one order, and tells how its work ended. */
export function work<O extends PageOrder>(run: (order: O) => Promise<void>): void {
  self.addEventListener(
    'message',
    async ({ data }: MessageEvent<O>) => {
      try {
        await run(data);
        post({ kind: 'finished' });
      } catch (error) {
        post({ kind: 'fault', reason: (error as Error).message });
      }
    },
    { once: true },
  );
}
