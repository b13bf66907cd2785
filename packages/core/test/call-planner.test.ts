// The planner gives the last plan again only where a new one would be the same.
import { type DType, type NormCall, NormError, type Tensor, tensor } from '@normlayers/core';
import { CallPlanner, planCall, type TensorDescription } from '@normlayers/core/adapter';
import { expect, test } from 'vitest';

const CALL = {
  op: 'layerNorm',
  mode: 'inference',
  x: tensor([1, 2, 3, 4, 5, 6], [1, 2, 3]),
  gamma: tensor([1, 2, 3]),
  axes: [-1],
  epsilon: 1e-3,
} satisfies NormCall;

test('the same plan for other numbers in the same shapes', () => {
  const planner = new CallPlanner();
  const plan = planner.plan(CALL);
  expect(plan).toEqual(planCall(CALL));
  const other = { ...CALL, x: tensor([9, 8, 7, 6, 5, 4], [1, 2, 3]), beta: undefined, axes: [-1] };
  expect(planner.plan(other)).toBe(plan);
});

test.each<[string, NormCall]>([
  ['another shape', { ...CALL, x: tensor([1, 2, 3, 4, 5, 6], [2, 1, 3]) }],
  ['another type', { ...CALL, x: tensor(new Float64Array(6), [1, 2, 3]), gamma: undefined }],
  ['another epsilon', { ...CALL, epsilon: 0 }],
  ['other axes', { ...CALL, axes: [2] }],
  ['one more argument', { ...CALL, beta: tensor([0, 0, 0]) }],
  ['one less', { ...CALL, gamma: undefined }],
  [
    'another operation',
    { op: 'rmsNorm', mode: 'inference', x: CALL.x, gamma: CALL.gamma, axes: [-1], epsilon: 1e-3 },
  ],
])('a new plan for %s', (_, call) => {
  const planner = new CallPlanner();
  const plan = planner.plan(CALL);
  const other = planner.plan(call);
  expect(other).not.toBe(plan);
  expect(other).toEqual(planCall(call));
});

test('what the caller changes in its own objects is seen', () => {
  const planner = new CallPlanner();
  const shape = [2, 3];
  const x: Tensor = { dtype: 'float64', shape, data: new Float64Array(6) };
  const call: NormCall = { op: 'layerNorm', mode: 'inference', x };
  planner.plan(call);
  shape[0] = 3;
  shape[1] = 2;
  expect(planner.plan(call)).toEqual(planCall(call));
  shape[1] = 7;
  expect(() => planner.plan(call)).toThrow(NormError);
});

test.each<[string, object]>([
  ['no tensor', { ...CALL, x: 5 }],
  ['null', { ...CALL, x: null }],
  ['a list', { ...CALL, x: [1, 2, 3] }],
  ['data of another class', { ...CALL, x: { ...CALL.x, data: new Float64Array(6) } }],
  ['data of another length', { ...CALL, x: { ...CALL.x, data: new Float32Array(5) } }],
  ['no data', { ...CALL, x: { dtype: 'float32', shape: [1, 2, 3] } }],
  ['a name that is no argument', { ...CALL, momentum: 0.1 }],
])('refused after a good call: %s', (_, call) => {
  const planner = new CallPlanner();
  planner.plan(CALL);
  expect(() => planner.plan(call as NormCall)).toThrow(NormError);
  // And nothing of it is kept.
  expect(planner.plan(CALL)).toEqual(planCall(CALL));
});

test('of tensors that hold no data here, type and shape are all that counts', () => {
  const described = (dtype: DType, ...shape: number[]): TensorDescription => ({ dtype, shape });
  const planner = new CallPlanner<TensorDescription>('device');
  const call = (x: TensorDescription) => ({ op: 'rmsNorm', mode: 'inference', x }) as const;
  const plan = planner.plan(call(described('float32', 2, 3)));
  expect(plan).toEqual(planCall(call(described('float32', 2, 3)), 'device'));
  expect(planner.plan(call(described('float32', 2, 3)))).toBe(plan);
  expect(planner.plan(call(described('float16', 2, 3)))).not.toBe(plan);
  expect(planner.plan(call(described('float16', 3, 2))).outputs.y?.shape).toEqual([3, 2]);
});
