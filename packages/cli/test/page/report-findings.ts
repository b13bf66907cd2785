/** What a page tells its test: its findings, or why there are none. */
export interface FindingsMessage<T> {
  readonly findings?: T;
  readonly reason?: string;
}

/** Works out a page's findings and hands them to `pageFindings`. */
export async function reportFindings(find: (query: URLSearchParams) => Promise<object>): Promise<void> {
  const query = new URLSearchParams(location.search);
  const message: FindingsMessage<object> = await find(query).then(
    (findings) => ({ findings }),
    (error: Error) => ({ reason: `${error.stack}` }),
  );
  await fetch(`/messages/${query.get('run')}`, { method: 'POST', body: JSON.stringify([message]) });
}
