import type { Contender } from './contender';

/** How long things take. All in milliseconds. */
export interface Timing {
  /** How many rounds, where there is time for them. */
  readonly rounds: number;
  /** How long a sample should take: small work is called so often in a row. */
  readonly sampleMs: number;
  /** How long a case may take; where its rounds would take longer there are fewer, but no fewer than `LEAST_ROUNDS`. */
  readonly caseMs: number;
}

/** Below this a median and a tenth mean nothing. */
export const LEAST_ROUNDS = 5;

/** A contender calls itself warm for this long before it is timed: engines compile hot loops in the background. */
const WARM_UP_MS = 40;

/** A contender that is warm, with the number of calls that make a sample. */
interface Paced {
  readonly contender: Contender;
  readonly calls: number;
  readonly sampleMs: number;
}

/** Every contender's samples, in milliseconds a call, in the order of rounds; or what it threw. */
export interface Samples {
  readonly contender: Contender;
  readonly calls: number;
  readonly samples: readonly number[];
  readonly error?: Error;
}

/**
 * Times contenders in turn: in each round every one of them gives one sample, so that whatever disturbs the machine
 * disturbs them all. Each round starts with another contender, so that no one always finds the cache as the same
 * neighbour left it.
 *
 * @param onRound called before each round. What it throws ends the timing.
 * @param onTurn called before a contender warms up, and before each of its samples.
 */
export async function inRounds(
  contenders: readonly Contender[],
  { rounds, sampleMs, caseMs }: Timing,
  onRound: (round: number, of: number) => void,
  onTurn: (contender: Contender) => unknown = () => {},
): Promise<Samples[]> {
  const paced: Paced[] = [];
  const errors = new Map<Contender, Error>();
  for (const contender of contenders) {
    onRound(0, rounds);
    onTurn(contender);
    try {
      paced.push(await warmUp(contender, sampleMs));
    } catch (error) {
      errors.set(contender, error as Error);
    }
    await breath();
  }
  const roundMs = paced.reduce((total, each) => total + each.sampleMs, 0);
  const planned = Math.max(Math.min(rounds, Math.floor(caseMs / roundMs)), Math.min(rounds, LEAST_ROUNDS));
  const samples = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < planned; round++) {
    onRound(round + 1, planned);
    for (let turn = 0; turn < paced.length; turn++) {
      const { contender, calls } = paced[(round + turn) % paced.length];
      if (errors.has(contender)) continue;
      onTurn(contender);
      try {
        samples.get(contender)?.push((await elapsed(contender, calls)) / calls);
      } catch (error) {
        errors.set(contender, error as Error);
      }
    }
    await breath();
  }
  return contenders.map((contender) => {
    const error = errors.get(contender);
    return {
      contender,
      calls: paced.find((each) => each.contender === contender)?.calls ?? 0,
      samples: samples.get(contender) ?? [],
      ...(error === undefined ? {} : { error }),
    };
  });
}

/** The pace is the fastest one seen: a sample that was disturbed would make all samples too short. */
async function warmUp(contender: Contender, sampleMs: number): Promise<Paced> {
  let calls = 1;
  // Whoever takes that long is as warm as it gets after the call that was checked.
  if ((contender.callMs ?? 0) > 10 * WARM_UP_MS) {
    return { contender, calls, sampleMs: contender.callMs as number };
  }
  let last = await elapsed(contender, calls);
  let perCall = last;
  for (let total = last; total < WARM_UP_MS; total += last) {
    if (last < sampleMs) calls *= 2;
    last = await elapsed(contender, calls);
    // Too short for a clock that ticks in tenths of a millisecond, as browsers' may.
    if (last > Math.min(sampleMs / 2, 1)) perCall = Math.min(perCall, last / calls);
  }
  const paced = Math.max(Math.round(sampleMs / perCall), 1);
  return Number.isFinite(paced)
    ? { contender, calls: paced, sampleMs: paced * perCall }
    : { contender, calls, sampleMs };
}

async function elapsed(contender: Contender, calls: number): Promise<number> {
  const from = performance.now();
  for (let call = 0; call < calls; call++) {
    const pending = contender.once();
    if (pending instanceof Promise) await pending;
  }
  return performance.now() - from;
}

/** A macrotask, so that a page stays alive, an abort is heard and what is finished with can be collected. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
