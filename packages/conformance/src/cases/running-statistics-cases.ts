import type { Convention } from '@normlayers/core';
import { type CallForm, callOf } from './call-form';
import { type ConformanceCase, conformanceCase } from './conformance-case';

type Running = NonNullable<CallForm['running']>;

const CONVENTIONS: readonly Convention[] = ['pytorch', 'keras', 'onnx', 'flax'];

const RUNNING: readonly Running[] = [
  ...CONVENTIONS.flatMap((convention): Running[] => [{ convention }, { convention, momentum: 0.7 }]),
  { convention: 'pytorch', momentum: null, numBatchesTracked: 0 },
  { convention: 'pytorch', momentum: null, numBatchesTracked: 3 },
  { convention: 'keras', momentum: 0 },
  { convention: 'onnx', momentum: 1 },
];

const SHAPES: readonly Pick<CallForm, 'op' | 'shape' | 'layout'>[] = [
  { op: 'batchNorm', shape: [2, 3, 4, 5] },
  { op: 'instanceNorm', shape: [3, 2, 7] },
];

/** Running statistics under each convention, its momentum and another, and the cumulative average. */
export function runningStatisticsCases(): ConformanceCase[] {
  return [
    ...SHAPES.flatMap((shape) => RUNNING.map((running) => runningCase({ ...shape, running }))),
    runningCase({
      op: 'batchNorm',
      shape: [2, 4, 5, 3],
      layout: 'channels-last',
      running: { convention: 'keras' },
    }),
    runningCase({
      op: 'instanceNorm',
      shape: [3, 7, 2],
      layout: 'channels-last',
      running: { convention: 'pytorch' },
    }),
    runningCase({ op: 'batchNorm', shape: [4, 3, 2], running: { convention: 'pytorch' }, dtype: 'float64' }),
    runningCase({
      op: 'batchNorm',
      shape: [4, 3, 2],
      running: { convention: 'pytorch' },
      dtype: 'float16',
      parameterType: 'float32',
    }),
  ];
}

function runningCase({
  running,
  ...form
}: Pick<CallForm, 'op' | 'shape' | 'layout' | 'parameterType'> & {
  running: Running;
  dtype?: CallForm['dtype'];
}): ConformanceCase {
  const { op, shape, layout, dtype = 'float32' } = form;
  const { convention, momentum, numBatchesTracked } = running;
  const rule =
    momentum === null
      ? `cumulative average after ${numBatchesTracked}`
      : momentum === undefined
        ? 'its momentum'
        : `momentum ${momentum}`;
  const name = [op, 'training', dtype, `[${shape}]`, layout, 'running statistics', convention, rule]
    .filter(Boolean)
    .join(' ');
  return conformanceCase({
    name,
    op,
    mode: 'training',
    dtype,
    tags: ['running', convention],
    build: () => callOf(name, { ...form, dtype, mode: 'training', gamma: true, beta: true, running }),
  });
}
