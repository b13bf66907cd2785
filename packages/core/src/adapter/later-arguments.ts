import type { NormCall } from '../call/call';
import { LATER_ARGUMENTS, type LaterArgument } from '../call/operations';
import type { Unsupported } from './norm-adapter';

/**
 * Why a call is not computed for its arguments alone: it has one that came after the first contract and is not among those
 * that are taken. `defineAdapter` asks for every back end; null where there is none.
 */
export function argumentUnsupported(
  call: NormCall<unknown>,
  takes: readonly LaterArgument[],
): Unsupported | null {
  const given = call as unknown as Readonly<Record<string, unknown>>;
  const argument = LATER_ARGUMENTS.find((name) => given[name] !== undefined && !takes.includes(name));
  if (argument === undefined) return null;
  return { supported: false, reason: `it does not take ${argument}`, code: 'argument', values: { argument } };
}
