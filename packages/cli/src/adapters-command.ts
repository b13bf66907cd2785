import { green, yellow } from './colours';
import { NODE_ADAPTERS } from './node-adapters';

/** Prints every adapter: available with what it is, or not and why. */
export async function printAdapters(): Promise<void> {
  const width = Math.max(...NODE_ADAPTERS.map(({ name }) => name.length));
  for (const { name, about, open, reason } of NODE_ADAPTERS) {
    const outcome = open === undefined ? { reason } : await tryToOpen(open);
    const state = outcome.reason === undefined ? green('available') : yellow('not here ');
    console.log(`${name.padEnd(width)}  ${state}  ${outcome.reason ?? about}`);
  }
}

async function tryToOpen(
  open: NonNullable<(typeof NODE_ADAPTERS)[number]['open']>,
): Promise<{ reason?: string }> {
  try {
    await (await open()).dispose();
    return {};
  } catch (error) {
    return { reason: (error as Error).message };
  }
}
