// Every bad input that the design names, on every operation and mode it can happen to: refused with its code and a
// message that names the argument, before the back end is asked anything.
import {
  MODES,
  type Mode,
  type NormCall,
  NormError,
  type NormErrorCode,
  OPS,
  type Op,
  type Tensor,
  tensor,
} from '@normlayers/core';
import { compute, defineAdapter, OPERATIONS, planCall } from '@normlayers/core/adapter';
import { describe, expect, test } from 'vitest';

type Call = Record<string, unknown> & { op: Op; mode: Mode; x: Tensor };

const SHAPE = [2, 4, 3];
const filled = (count: number, shape: number[] = [count]) => tensor(new Float32Array(count).fill(1), shape);

/** A call with everything that the operation takes in that mode, all of it valid. */
function valid(op: Op, mode: Mode): Call {
  const parameters = OPERATIONS[op].sharedBy === 'axes' ? 3 : 4;
  const running = mode === 'training' && OPERATIONS[op].runningStatistics;
  return {
    op,
    mode,
    x: filled(24, SHAPE),
    gamma: filled(parameters),
    epsilon: 1e-3,
    ...(!OPERATIONS[op].centred || mode === 'backward' ? {} : { beta: filled(parameters) }),
    ...(mode === 'backward' ? { dy: filled(24, SHAPE) } : {}),
    ...(op === 'groupNorm' ? { groups: 2 } : {}),
    ...(op === 'batchNorm' && mode !== 'training' ? { mean: filled(4), variance: filled(4) } : {}),
    ...(running ? { runningMean: filled(4), runningVar: filled(4), convention: 'pytorch' } : {}),
  };
}

interface BadInput {
  readonly what: string;
  readonly code: NormErrorCode;
  /** What the message must say: the argument's name. */
  readonly names: RegExp;
  /** Makes a valid call bad; null where the operation has no such argument in that mode. */
  readonly spoil: (call: Call) => Record<string, unknown> | null;
  /** Whether only typed arrays can be wrong in this way, not a tensor on a device. */
  readonly host?: true;
}

const where = (holds: (call: Call) => boolean, change: Record<string, unknown>) => (call: Call) =>
  holds(call) ? { ...call, ...change } : null;
const always = () => true;
const channelled = ({ op }: Call) => OPERATIONS[op].sharedBy !== 'axes';
const hasAxes = ({ op }: Call) => OPERATIONS[op].sharedBy === 'axes';
const isBatchNorm = ({ op }: Call) => op === 'batchNorm';
const isGroupNorm = ({ op }: Call) => op === 'groupNorm';
const hasRunning = (call: Call) => 'runningMean' in call;
const has = (name: string) => (call: Call) => name in call;

const bad: BadInput[] = [];

for (const name of ['gamma', 'beta', 'mean', 'variance', 'runningMean', 'runningVar']) {
  for (const count of [0, 1, 2, 5]) {
    bad.push({
      what: `${name} of ${count} elements`,
      code: 'parameter-length',
      names: new RegExp(`^${name} has ${count} elements; expected [34]\\b`),
      spoil: where(has(name), { [name]: filled(count) }),
    });
  }
  bad.push(
    {
      what: `${name} of another type`,
      code: 'dtype',
      names: new RegExp(`^${name} is float64; .*expected float32`),
      spoil: (call) =>
        name in call
          ? { ...call, [name]: tensor(new Float64Array((call[name] as Tensor).data.length)) }
          : null,
    },
    {
      what: `${name} of a shape that is not the parameters'`,
      code: 'shape',
      names: new RegExp(`^${name} has shape \\[1,[34]\\]; expected`),
      spoil: (call) => {
        if (!(name in call)) return null;
        const count = (call[name] as Tensor).data.length;
        return { ...call, [name]: filled(count, [1, count]) };
      },
    },
  );
}

for (const name of ['x', 'dy', 'gamma', 'beta', 'mean', 'variance', 'runningMean', 'runningVar']) {
  const own = (change: (its: Tensor) => Record<string, unknown>) => (call: Call) =>
    name in call ? { ...call, [name]: { ...(call[name] as Tensor), ...change(call[name] as Tensor) } } : null;
  bad.push(
    {
      what: `${name} with one element too few for its shape`,
      code: 'data-length',
      names: new RegExp(`^${name} has \\d+ elements; its shape`),
      spoil: own(({ data }) => ({ data: data.subarray(1) })),
      host: true,
    },
    {
      what: `${name} whose data is of another class`,
      code: 'dtype',
      names: new RegExp(`^${name} is float32 but its data is Int32Array; expected a Float32Array`),
      spoil: own(({ data }) => ({ data: new Int32Array(data.length) })),
      host: true,
    },
    {
      what: `${name} whose data is a plain array`,
      code: 'dtype',
      names: new RegExp(`^${name} is float32 but its data is \\[`),
      spoil: own(({ data }) => ({ data: [...data] })),
      host: true,
    },
    {
      what: `${name} of an unknown type`,
      code: 'dtype',
      names: new RegExp(`^${name} has type 'int8'; expected`),
      spoil: own(() => ({ dtype: 'int8' })),
    },
    {
      what: `${name} of no type`,
      code: 'dtype',
      names: new RegExp(`^${name} has type undefined; expected`),
      spoil: own(() => ({ dtype: undefined })),
    },
    ...[[-1, 3], [1.5], 'none', undefined, [NaN], ['3']].map(
      (shape): BadInput => ({
        what: `${name} of the impossible shape ${JSON.stringify(shape)}`,
        code: 'shape',
        names: new RegExp(`^${name} has shape .*; expected`),
        spoil: own(() => ({ shape })),
      }),
    ),
    {
      what: `${name} that is no tensor`,
      code: 'missing-argument',
      names: new RegExp(`^${name} is 7; expected a tensor`),
      spoil: where(has(name), { [name]: 7 }),
    },
  );
}

for (const name of ['x', 'dy', 'mean', 'variance', 'runningMean', 'runningVar']) {
  bad.push({
    what: `${name} left out`,
    code: 'missing-argument',
    names: new RegExp(`^${name} is undefined; expected a tensor`),
    spoil: where(has(name), { [name]: undefined }),
  });
}

for (const epsilon of [-1e-5, -Number.MIN_VALUE, NaN, Infinity, -Infinity, '1e-5']) {
  bad.push({
    what: `epsilon ${epsilon}`,
    code: 'epsilon',
    names: /^epsilon is .*; expected a finite number, 0 or more/,
    spoil: where(always, { epsilon }),
  });
}

for (const gammaOffset of [NaN, Infinity, '1']) {
  bad.push({
    what: `gammaOffset ${gammaOffset}`,
    code: 'gamma-offset',
    names: /^gammaOffset is .*; expected a finite number/,
    spoil: where(hasAxes, { gammaOffset }),
  });
}
bad.push({
  what: 'gammaOffset without gamma',
  code: 'missing-argument',
  names: /^gammaOffset is 1, and there is no gamma/,
  spoil: where(hasAxes, { gamma: undefined, gammaOffset: 1 }),
});
for (const name of ['residual', 'dsum']) {
  const takes = (call: Call) => hasAxes(call) && (name === 'residual' || call.mode === 'backward');
  bad.push(
    {
      what: `${name} of another shape than x`,
      code: 'shape',
      names: new RegExp(`^${name} has shape \\[4,2,3\\]; expected x's, \\[2,4,3\\]`),
      spoil: where(takes, { [name]: filled(24, [4, 2, 3]) }),
    },
    {
      what: `${name} with one element too few for its shape`,
      code: 'data-length',
      names: new RegExp(`^${name} has 23 elements; its shape`),
      spoil: where(takes, { [name]: { ...filled(24, SHAPE), data: new Float32Array(23) } }),
      host: true,
    },
    {
      what: `${name} that an operation or mode does not take`,
      code: 'unknown-argument',
      names: new RegExp(`has no argument ${name}; it takes`),
      spoil: where((call) => !takes(call), { [name]: filled(24, SHAPE) }),
    },
    {
      what: `${name} of another type than x`,
      code: 'dtype',
      names: new RegExp(`^${name} is float64; expected x's type, float32`),
      spoil: where(takes, { [name]: tensor(new Float64Array(24), SHAPE) }),
    },
  );
}

for (const momentum of [-0.1, 1.1, NaN, Infinity, '0.5']) {
  bad.push({
    what: `momentum ${momentum}`,
    code: 'momentum',
    names: /^momentum is .*; expected a number from 0 to 1/,
    spoil: where(hasRunning, { momentum }),
  });
  bad.push({
    what: `momentum ${momentum}, without running statistics`,
    code: 'momentum',
    names: /^momentum is .*; expected a number from 0 to 1/,
    spoil: where(hasRunning, { momentum, runningMean: undefined, runningVar: undefined }),
  });
}

bad.push(
  {
    what: 'cumulative average of a convention that has none',
    code: 'momentum',
    names: /^momentum is null .*'keras'/,
    spoil: where(hasRunning, { momentum: null, convention: 'keras', numBatchesTracked: 3 }),
  },
  ...[undefined, -1, 0.5, NaN].map(
    (numBatchesTracked): BadInput => ({
      what: `cumulative average after ${numBatchesTracked} batches`,
      code: 'momentum',
      names: /numBatchesTracked is .*; expected/,
      spoil: where(hasRunning, { momentum: null, numBatchesTracked }),
    }),
  ),
  {
    what: 'an unknown convention',
    code: 'convention',
    names: /^convention is 'caffe'; expected/,
    spoil: where(hasRunning, { convention: 'caffe' }),
  },
  {
    what: 'an unknown convention, without running statistics',
    code: 'convention',
    names: /^convention is 'caffe'; expected/,
    spoil: where(hasRunning, { convention: 'caffe', runningMean: undefined, runningVar: undefined }),
  },
  {
    what: 'running statistics without a convention',
    code: 'missing-argument',
    names: /^convention is missing/,
    spoil: where(hasRunning, { convention: undefined }),
  },
  {
    what: 'running variance over n - 1 with n = 1',
    code: 'unbiased-variance',
    names: /running variance of convention 'pytorch' .* only 1 element/,
    spoil: (call) => {
      const x = call.op === 'batchNorm' ? filled(4, [1, 4]) : filled(8, [2, 4, 1]);
      return hasRunning(call) ? { ...call, x } : null;
    },
  },
  {
    what: 'channels without positions',
    code: 'rank',
    names: /^x has shape \[2,3\], so each channel of a sample is one number/,
    spoil: where((call) => call.op === 'instanceNorm', { x: filled(6, [2, 3]) }),
  },
  {
    what: 'numbers without a shape for x',
    code: 'dtype',
    names: /^x is numbers without a shape; expected a tensor: tensor\(x, shape\)/,
    spoil: where(always, { x: [1, 2, 3] }),
  },
  {
    what: 'a variance whose root is no number',
    code: 'variance',
    host: true,
    names: /^variance\[1\] is -0\.5, and with epsilon/,
    spoil: (call) => {
      if (!('variance' in call)) return null;
      const { shape, data } = call.variance as Tensor;
      return {
        ...call,
        variance: tensor(
          Array.from(data, (_, i) => (i === 1 ? -0.5 : 1)),
          shape,
        ),
      };
    },
  },
  {
    what: 'x of rank 0',
    code: 'rank',
    names: /^x has rank 0/,
    spoil: where(always, { x: filled(1, []) }),
  },
  {
    what: 'x of rank 1, without a channel axis',
    code: 'rank',
    names: /^x has rank 1/,
    spoil: where(channelled, { x: filled(4) }),
  },
  ...[3, -4, 1.5, NaN, '1', null].map(
    (axis): BadInput => ({
      what: `axis ${axis} of rank 3`,
      code: 'axis',
      names: /^axis is .*; x has rank 3, so expected a whole number from -3 to 2/,
      spoil: where(isBatchNorm, { axis }),
    }),
  ),
  ...[[3], [-4], [0.5], [0, 1, 2, 3], ['2']].map(
    (axes): BadInput => ({
      what: `axes [${axes}] of rank 3`,
      code: 'axis',
      names: /^axes is .*; x has rank 3, so expected a whole number from -3 to 2/,
      spoil: where(hasAxes, { axes, gamma: undefined }),
    }),
  ),
  ...[
    [1, 1],
    [1, -2],
    [2, 0, -1],
  ].map(
    (...[axes]): BadInput => ({
      what: `axes [${axes}], one of them twice`,
      code: 'axis',
      names: /^axes is .*, which names axis \d twice/,
      spoil: where(hasAxes, { axes, gamma: undefined }),
    }),
  ),
  ...[2, 'last'].map(
    (axes): BadInput => ({
      what: `axes ${axes}, no array`,
      code: 'axis',
      names: /^axes is .*; expected an array/,
      spoil: where(hasAxes, { axes }),
    }),
  ),
  ...['NCHW', 'channels_last', 1, null].map(
    (layout): BadInput => ({
      what: `layout ${layout}`,
      code: 'layout',
      names: /^layout is .*; expected 'channels-first' or 'channels-last'/,
      spoil: where(channelled, { layout }),
    }),
  ),
  {
    what: 'both layout and axis',
    code: 'layout',
    names: /layout 'channels-last' and axis 1/,
    spoil: where(isBatchNorm, { layout: 'channels-last', axis: 1 }),
  },
  ...[3, 8, 0, -2, 1.5, NaN, Infinity, '2', undefined, null].map(
    (groups): BadInput => ({
      what: `${groups} groups of 4 channels`,
      code: 'groups',
      names: /^groups is .*; expected a divisor of the 4 channels/,
      spoil: where(isGroupNorm, { groups }),
    }),
  ),
  {
    what: "dy of another shape than x's",
    code: 'shape',
    names: /^dy has shape \[4,2,3\]; expected x's, \[2,4,3\]/,
    spoil: where(has('dy'), { dy: filled(24, [4, 2, 3]) }),
  },
  {
    what: "dy of another type than x's",
    code: 'dtype',
    names: /^dy is float16; expected x's type, float32/,
    spoil: where(has('dy'), { dy: tensor(new Uint16Array(24), SHAPE) }),
  },
  {
    what: 'statistics of an empty batch',
    code: 'empty-statistics',
    names: /^x has shape \[0,4,3\]/,
    spoil: (call) =>
      isBatchNorm(call) && call.mode !== 'inference'
        ? {
            ...call,
            x: filled(0, [0, 4, 3]),
            mean: undefined,
            variance: undefined,
            ...(call.mode === 'backward' ? { dy: filled(0, [0, 4, 3]) } : {}),
          }
        : null,
  },
  {
    what: 'running statistics of an empty batch',
    code: 'empty-statistics',
    names: /^x has shape \[0,4,3\]/,
    spoil: where(hasRunning, { x: filled(0, [0, 4, 3]) }),
  },
  {
    what: 'statistics of no features',
    code: 'empty-statistics',
    names: /^x has shape \[2,4,0\]/,
    spoil: (call) =>
      call.mode === 'inference'
        ? null
        : {
            ...call,
            x: filled(0, [2, 4, 0]),
            ...(hasAxes(call) ? { gamma: undefined, beta: undefined } : {}),
            mean: undefined,
            variance: undefined,
            ...(call.mode === 'backward' ? { dy: filled(0, [2, 4, 0]) } : {}),
          },
  },
  {
    what: 'an unknown operation',
    code: 'unknown-op',
    names: /^op is 'weightNorm'; expected one of batchNorm/,
    spoil: where(always, { op: 'weightNorm' }),
  },
  {
    what: 'an unknown mode',
    code: 'unknown-op',
    names: /^mode is 'forward'; expected/,
    spoil: where(always, { mode: 'forward' }),
  },
  {
    what: 'a misspelt argument',
    code: 'unknown-argument',
    names: /has no argument eps \(did you mean epsilon\?\); it takes .*epsilon/,
    spoil: where(always, { eps: 1e-3 }),
  },
  {
    what: 'beta where no gradient depends on it',
    code: 'unknown-argument',
    names: /has no argument beta/,
    spoil: where((call) => call.mode === 'backward' || !OPERATIONS[call.op].centred, { beta: filled(3) }),
  },
  {
    what: 'axes of an operation with channels',
    code: 'unknown-argument',
    names: /has no argument axes/,
    spoil: where(channelled, { axes: [1] }),
  },
  {
    what: 'layout of an operation over axes',
    code: 'unknown-argument',
    names: /has no argument layout/,
    spoil: where(hasAxes, { layout: 'channels-last' }),
  },
  {
    what: 'given statistics in training',
    code: 'unknown-argument',
    names: /has no argument mean/,
    spoil: where(({ mode }) => mode === 'training', { mean: filled(4) }),
  },
  {
    what: 'running statistics outside training',
    code: 'unknown-argument',
    names: /has no argument runningMean/,
    spoil: where(({ mode }) => mode !== 'training', { runningMean: filled(4) }),
  },
);

/** The error of a function, or a failure where there is none. */
function errorOf(run: () => unknown): NormError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(NormError);
    return error as NormError;
  }
  return expect.fail('no error');
}

for (const op of OPS) {
  for (const mode of MODES) {
    describe(`${op} ${mode}`, () => {
      test('the valid call is accepted', () => {
        const call = valid(op, mode) as unknown as NormCall;
        expect(() => planCall(call)).not.toThrow();
        expect(() => planCall(call, 'device')).not.toThrow();
      });

      for (const { what, code, names, spoil, host } of bad) {
        const spoilt = spoil(valid(op, mode)) as unknown as NormCall | null;
        if (spoilt === null) continue;
        test(what, async () => {
          const error = errorOf(() => compute(spoilt));
          expect([error.code, error.name]).toEqual([code, 'NormError']);
          expect(error.message).toMatch(names);
          if (!host) expect(errorOf(() => planCall(spoilt, 'device')).message).toBe(error.message);

          let asked = 0;
          const adapter = defineAdapter({
            name: 'counting',
            supports: () => {
              asked++;
              return { supported: true, via: 'fused' };
            },
            prepare: () => {
              asked++;
              return { run() {}, read: () => ({}), dispose() {} };
            },
          });
          await expect(adapter.run(spoilt)).rejects.toMatchObject({ code, message: error.message });
          expect(asked).toBe(0);
        });
      }
    });
  }
}

test('every bad input happens to at least one operation', () => {
  const calls = OPS.flatMap((op) => MODES.map((mode) => valid(op, mode)));
  const unused = bad.filter(({ spoil }) => calls.every((call) => spoil(call) === null));
  expect(unused.map(({ what }) => what)).toEqual([]);
});
