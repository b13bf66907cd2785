import type { NormCall, TensorDescription } from '@normlayers/core';
import { planCall, viewOf } from '@normlayers/core/adapter';
import { BASE_LIMITS, type GpuLimits, type Pass, passesOf } from '@normlayers/webgpu';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AXIS_WORDS, FIRST_AXIS, SCALARS } from '../src/shaders/program/uniforms';

type Call = NormCall<TensorDescription>;

const f32 = (...shape: number[]): TensorDescription => ({ dtype: 'float32', shape });
const MANY_BUFFERS: GpuLimits = { ...BASE_LIMITS, maxStorageBuffers: 16 };
const SOFTWARE: GpuLimits = { ...MANY_BUFFERS, software: true };

function passes(call: Call, limits: GpuLimits = MANY_BUFFERS): Pass[] {
  return passesOf(call, planCall(call, 'device'), limits);
}

describe('dispatches', () => {
  const running = { runningMean: f32(64), runningVar: f32(64), convention: 'pytorch' } as const;
  const statistics = { mean: f32(64), variance: f32(64) };
  const image = f32(8, 64, 56, 56);
  const cases: [string, Call, number][] = [
    ['Layer Norm', { op: 'layerNorm', mode: 'inference', x: f32(1024, 768) }, 1],
    ['RMS Norm of short rows', { op: 'rmsNorm', mode: 'inference', x: f32(65536, 8) }, 1],
    ['Layer Norm of one long row', { op: 'layerNorm', mode: 'inference', x: f32(1, 65536) }, 2],
    ['Group Norm', { op: 'groupNorm', mode: 'inference', groups: 8, x: f32(1, 32, 128, 128) }, 2],
    ['Batch Norm with given statistics', { op: 'batchNorm', mode: 'inference', x: image, ...statistics }, 1],
    ['Layer Norm training', { op: 'layerNorm', mode: 'training', x: f32(1024, 768) }, 1],
    ['Batch Norm training', { op: 'batchNorm', mode: 'training', x: image, ...running }, 2],
    ['Instance Norm training', { op: 'instanceNorm', mode: 'training', x: image, ...running }, 2],
    ['Layer Norm backward', { op: 'layerNorm', mode: 'backward', x: f32(1024, 768), dy: f32(1024, 768) }, 3],
    ['Batch Norm backward', { op: 'batchNorm', mode: 'backward', x: image, dy: image }, 2],
    [
      'Group Norm backward',
      { op: 'groupNorm', mode: 'backward', groups: 8, x: f32(1, 32, 128, 128), dy: f32(1, 32, 128, 128) },
      3,
    ],
    [
      'Batch Norm backward, given',
      { op: 'batchNorm', mode: 'backward', x: image, dy: image, ...statistics },
      2,
    ],
    ['an empty batch', { op: 'layerNorm', mode: 'inference', x: f32(0, 768) }, 0],
  ];
  test.each(cases)('%s', (_name, call, count) => {
    expect(passes(call)).toHaveLength(count);
    expect(passes(call, SOFTWARE).length).toBeLessThanOrEqual(
      Math.max(count, call.mode === 'backward' ? 3 : 2),
    );
  });

  test('no kernel binds more buffers than a device has', () => {
    for (const [, call] of cases) {
      for (const { program } of passes(call, BASE_LIMITS))
        expect(program.bindings.length).toBeLessThanOrEqual(8);
    }
  });

  test('sizes are uniforms: other sizes take the same programs', () => {
    const keys = (rows: number, features: number) =>
      passes({ op: 'layerNorm', mode: 'training', x: f32(rows, features) }).map(({ program }) => program.key);
    expect(keys(512, 512)).toEqual(keys(2048, 504));
  });
});

/** x's shape, and a call over it in every operation that has axes to move. */
const anyCall: fc.Arbitrary<Call> = fc
  .record({
    shape: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 5 }),
    op: fc.constantFrom('layerNorm', 'rmsNorm', 'batchNorm', 'instanceNorm', 'groupNorm'),
    layout: fc.constantFrom('channels-first', 'channels-last'),
    seed: fc.nat(),
  })
  // Instance Norm needs positions.
  .filter(({ shape, op }) => op !== 'instanceNorm' || shape.length > 2)
  .map(({ shape, op, layout, seed }) => {
    const x = { dtype: 'float32', shape };
    const call = { op, mode: 'backward', x, dy: x };
    if (op === 'layerNorm' || op === 'rmsNorm') {
      const axes = shape.map((_, axis) => axis).filter((axis) => (seed >> axis) & 1);
      if (seed % 3 === 0) axes.reverse();
      return { ...call, axes } as unknown as Call;
    }
    const channels = (layout === 'channels-last' ? shape.at(-1) : shape[1]) as number;
    const divisors = Array.from({ length: channels }, (_, i) => i + 1).filter((d) => channels % d === 0);
    return {
      ...call,
      layout,
      ...(op === 'groupNorm' ? { groups: divisors[seed % divisors.length] } : {}),
    } as Call;
  });

/**
 * The places that a pass's uniforms give: for every element of x its unit. Worked out here as the kernels do
 * it, to be held against the plan's view.
 */
function unitsOfElements(
  { uniforms, program }: Pass,
  width: number,
  columns: boolean,
  size: number,
): number[] {
  const scalar = (name: string) => uniforms[SCALARS.findIndex(([known]) => known === name)] as number;
  const axes = Array.from({ length: (uniforms.length - FIRST_AXIS) / AXIS_WORDS }, (_, k) => {
    const [axisSize, , x] = uniforms.subarray(FIRST_AXIS + k * AXIS_WORDS);
    return { size: axisSize as number, x: x as number };
  });
  const slotAxes = Number(/slotAxis = u\.axes\[(\d+)\]/.exec(program.code)?.[1]) + 1;
  const unitAxes = axes.slice(slotAxes, slotAxes + scalar('unitAxes'));
  const place = (list: typeof axes, number: number) => {
    let rest = number;
    let at = 0;
    for (const { size: axisSize, x } of [...list].reverse()) {
      at += (rest % axisSize) * x;
      rest = Math.floor(rest / axisSize);
    }
    return at;
  };
  const unitOf = new Array<number>(size).fill(-1);
  for (let unit = 0; unit < scalar('owners'); unit++) {
    for (let slot = 0; slot < scalar('count'); slot++) {
      const at = (place(unitAxes, unit) + place(axes.slice(0, slotAxes), slot)) * width;
      for (let k = 0; k < width; k++) {
        if (unitOf[at + k] !== -1) throw new Error(`element ${at + k} is read twice`);
        unitOf[at + k] = columns ? unit * width + k : unit;
      }
    }
  }
  return unitOf;
}

/** The group of every element by the plan's view, which knows no slots. */
function groupsByView(call: Call): number[] {
  const view = viewOf(call);
  const { shape } = call.x;
  const size = shape.reduce((a, b) => a * b, 1);
  if (view.family === 'channels') {
    return Array.from({ length: size }, (_, i) => Math.floor(i / view.inner) % view.channels);
  }
  const order = view.permutation ?? shape.map((_, axis) => axis);
  const stride = (axis: number) => shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const groups = new Array<number>(size);
  for (let moved = 0; moved < size; moved++) {
    let rest = moved;
    let at = 0;
    for (const axis of [...order].reverse()) {
      at += (rest % (shape[axis] as number)) * stride(axis);
      rest = Math.floor(rest / (shape[axis] as number));
    }
    groups[at] = Math.floor(moved / view.features);
  }
  return groups;
}

test('every element is read once, in its own group, whatever the axes and the layout', () => {
  fc.assert(
    fc.property(anyCall, fc.boolean(), (call, software) => {
      const [first] = passes(call, software ? SOFTWARE : MANY_BUFFERS);
      if (first === undefined) throw new Error('no passes');
      const size = call.x.shape.reduce((a, b) => a * b, 1);
      const width = first.program.code.includes('alias Value = vec4<f32>') ? 4 : 1;
      const columns = first.program.code.includes('alias Sum = vec4<f32>');
      expect(unitsOfElements(first, width, columns, size)).toEqual(groupsByView(call));
    }),
    { numRuns: 300 },
  );
});
