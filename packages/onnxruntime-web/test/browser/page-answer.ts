import type { PageAnswer } from './chromium-pages';

/** In a page: runs the function that it was opened for, and sends what it gives. Numbers beyond JSON come as null. */
export async function answer(
  functions: Readonly<Record<string, (...given: never[]) => Promise<unknown>>>,
): Promise<void> {
  const query = new URLSearchParams(location.search);
  const given = JSON.parse(query.get('given') ?? '[]') as never[];
  let message: PageAnswer;
  try {
    message = { result: (await functions[query.get('name') ?? '']?.(...given)) ?? null };
  } catch (error) {
    message = { error: String((error as Error).stack ?? error) };
  }
  await fetch(`/messages/${query.get('run')}`, { method: 'POST', body: JSON.stringify([message]) });
}
