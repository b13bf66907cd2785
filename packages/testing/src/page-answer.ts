import type { PageAnswer, PageOrder } from './chromium-pages';

/** In a page: runs the function that it was opened for, and sends what it gives. Numbers beyond JSON come as null. */
export async function answer(
  functions: Readonly<Record<string, (...given: never[]) => Promise<unknown>>>,
): Promise<void> {
  const run = new URLSearchParams(location.search).get('run');
  const { name, given } = (await (await fetch(`/orders/${run}`)).json()) as PageOrder;
  let message: PageAnswer;
  try {
    message = { result: (await functions[name]?.(...(given as never[]))) ?? null };
  } catch (error) {
    message = { error: String((error as Error).stack ?? error) };
  }
  await fetch(`/messages/${run}`, { method: 'POST', body: JSON.stringify([message]) });
}
