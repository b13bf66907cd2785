import { describe, expect, test } from 'vitest';
import {
  attributesOf,
  bindNorm,
  type CallPlan,
  compute,
  defineAdapter,
  isTensor,
  LAYOUTS,
  MODES,
  mapTensors,
  type NormCall,
  OPERATIONS,
  OPS,
  planCall,
  TENSOR_NAMES,
  tensorsOf,
} from '../src/adapter';
import * as core from '../src/index';
import { tensor } from '../src/index';

const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
const facts = (
  call: NormCall,
): Pick<CallPlan, 'axes' | 'channelAxis' | 'groups' | 'centred' | 'statistics'> => {
  const { axes, channelAxis, groups, centred, statistics } = planCall(call);
  return { axes, channelAxis, groups, centred, statistics };
};

describe('a plan says once what every layer needs', () => {
  test('Batch Norm: the channel axis, all others shared', () => {
    const x = zeros(2, 3, 4);
    const given = { mean: zeros(3), variance: zeros(3) };
    expect(facts({ op: 'batchNorm', mode: 'inference', x, ...given })).toEqual({
      axes: [0, 2],
      channelAxis: 1,
      groups: null,
      centred: true,
      statistics: 'given',
    });
    const own = facts({ op: 'batchNorm', mode: 'training', x, axis: -1 });
    expect(own).toMatchObject({ axes: [0, 1], channelAxis: 2, statistics: 'own' });
    const fixed = facts({ op: 'batchNorm', mode: 'backward', x, dy: x, ...given });
    expect(fixed).toMatchObject({ statistics: 'given' });
  });

  test('Layer and RMS Norm: the axes of the call, in its order, from the front', () => {
    const x = zeros(2, 3, 4);
    expect(facts({ op: 'layerNorm', mode: 'inference', x, axes: [-1, 1] })).toEqual({
      axes: [2, 1],
      channelAxis: null,
      groups: null,
      centred: true,
      statistics: 'own',
    });
    expect(facts({ op: 'rmsNorm', mode: 'inference', x })).toMatchObject({ axes: [2], centred: false });
  });

  test('Instance and Group Norm: the positions, and how many groups the channels make', () => {
    const x = zeros(2, 5, 4, 6);
    const instance = facts({ op: 'instanceNorm', mode: 'inference', x });
    expect(instance).toMatchObject({ axes: [2, 3], channelAxis: 1, groups: 5 });
    const group = facts({ op: 'groupNorm', mode: 'inference', x, groups: 3, layout: 'channels-last' });
    expect(group).toMatchObject({ axes: [1, 2], channelAxis: 3, groups: 3 });
  });

  test.each(OPS.flatMap((op) => MODES.map((mode) => [op, mode] as const)))(
    'what %s %s returns has the names, types and shapes that the plan says',
    (op, mode) => {
      const x = { dtype: 'float16', shape: [2, 4, 3], data: new Uint16Array(24) } as const;
      const { runningStatistics, givenStatistics } = OPERATIONS[op];
      const call = {
        op,
        mode,
        x,
        ...(op === 'groupNorm' ? { groups: 2 } : {}),
        ...(mode === 'backward' ? { dy: x } : {}),
        ...(mode === 'inference' && givenStatistics ? { mean: zeros(4), variance: zeros(4) } : {}),
        ...(mode === 'training' && runningStatistics
          ? { runningMean: zeros(4), runningVar: zeros(4), convention: 'keras' }
          : {}),
      } as unknown as NormCall;
      const result = compute(call);
      const described = Object.entries(result).map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
      expect(planCall(call).outputs).toEqual(Object.fromEntries(described));
    },
  );
});

describe('the tensors of a call', () => {
  const x = zeros(2, 3);
  const call = {
    op: 'layerNorm',
    mode: 'backward',
    x,
    dy: zeros(2, 3),
    axes: [1],
    gamma: undefined,
  } as const;

  test('are found by name, mapped by name, and told from attributes', () => {
    expect(Object.keys(tensorsOf(call))).toEqual(['x', 'dy']);
    const names = mapTensors(call, (_, name) => name);
    expect(names).toEqual({ op: 'layerNorm', mode: 'backward', x: 'x', dy: 'dy', axes: [1] });
    expect(attributesOf(call)).toEqual({ axes: [1] });
  });

  test('isTensor asks for a type, a shape and data', () => {
    expect(isTensor(x)).toBe(true);
    for (const value of [
      null,
      [1],
      { ...x, dtype: 'int8' },
      { dtype: 'float32', shape: [1] },
      new Float32Array(1),
    ])
      expect(isTensor(value)).toBe(false);
  });
});

test('core exports each of the fifteen functions under the name that bindNorm gives it', () => {
  const x = tensor([1, 3, 2, 5], [1, 2, 2]);
  for (const [name, bound] of Object.entries(bindNorm(compute))) {
    const call = {
      x,
      ...(name.startsWith('group') ? { groups: 1 } : {}),
      ...(name.endsWith('Backward') ? { dy: x } : {}),
      ...(name === 'batchNorm' ? { mean: zeros(2), variance: tensor([1, 1]) } : {}),
    } as never;
    const own = Object.entries(core).find(([exported]) => exported === name)?.[1] as (call: never) => unknown;
    expect(bound(call), name).toEqual(own(call));
  }
});

test('op and mode are the function’s own: an argument cannot change them', () => {
  const { y } = bindNorm(compute).layerNorm({
    x: tensor([1, 3], [1, 2]),
    epsilon: 0,
    op: 'rmsNorm',
  } as never);
  expect([...y.data]).toEqual([-1, 1]);
});

test('an adapter says whose it is and which numbers it cannot compute with', () => {
  const backend = {
    name: 'a',
    supports: () => ({ supported: true, via: 'fused' }) as const,
    prepare: () => never(),
  };
  expect(defineAdapter(backend)).toMatchObject({ kind: 'peer', limits: {} });
  const limits = { denormals: 'flushed', largest: 2 ** 100 } as const;
  expect(defineAdapter({ ...backend, kind: 'native', limits })).toMatchObject({ kind: 'native', limits });
});

function never(): never {
  throw new Error('nothing is prepared here');
}

test('types derive from the lists', () => {
  expect(new Set(TENSOR_NAMES).size).toBe(TENSOR_NAMES.length);
  expect(Object.keys(OPERATIONS)).toEqual([...OPS]);
  expect(LAYOUTS).toContain('channels-last');
});
