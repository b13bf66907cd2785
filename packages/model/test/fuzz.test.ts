import { NormError } from '@normlayers/core';
import { FULL, fuzzSeed } from '@normlayers/testing/full-run';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, test } from 'vitest';
import {
  externalLocations,
  inputsOf,
  inspect,
  judgeModel,
  mend,
  roundingToHalf,
  TARGETS,
} from '../src/index';
import { MODELS, readReal } from './models';
import { difference, randomFrom, randomTensor } from './numbers';
import { OnnxBuilder } from './onnx-builder';
import { run } from './runtime';
import { batchNorm, type Spelling, spell, spellGroupNorm } from './spellings';

const GRAPHS = FULL ? 2000 : 60;
const FILES = FULL ? 2000 : 100;
/** In a full run other graphs every day. */
const SEED = FULL ? fuzzSeed() : 1;

/** A graph of a few layers around norms in random spellings: residuals, convolutions, dense layers, second users. */
function randomGraph(seed: number) {
  const generator = xoroshiro128plus(seed);
  const pick = <T>(...list: readonly T[]): T => list[uniformInt(generator, 0, list.length - 1)]!;
  const chance = (percent: number) => uniformInt(generator, 0, 99) < percent;
  const random = randomFrom(seed);
  const b = new OnnxBuilder();
  const opset = pick(11, 13, 14, 17, 18, 20, 21, 23);
  let shape = pick<readonly number[]>(
    [2, 6],
    [3, 4],
    [2, 3, 4],
    [1, 4, 5, 5],
    [2, 6, 3, 3],
    [1, 1, 2],
    [4, 4],
  );
  const given = shape;
  b.input('x', 'float32', given);
  let value = 'x';
  const weight = (dims: readonly number[]) => {
    const size = dims.reduce((all, one) => all * one, 1);
    return b.constant(
      Array.from({ length: size }, () => random() - 0.4),
      dims,
    );
  };
  const layers = uniformInt(generator, 1, 4);
  for (let layer = 0; layer < layers; layer++) {
    const rank = shape.length;
    const what = pick('norm', 'norm', 'norm', 'linear', 'batchNorm', 'affine', 'relu');
    if (what === 'norm') {
      const axes = chance(75)
        ? [rank - 1]
        : chance(50)
          ? [1 % rank]
          : Array.from({ length: rank - 1 }, (_, i) => i + 1);
      const spelling: Spelling = {
        centred: chance(65),
        square: pick('pow', 'mul'),
        inverse: pick('sqrt div', 'sqrt reciprocal mul', '1/sqrt mul', 'pow -0.5', 'pow 0.5 div'),
        gammaFirst: pick('after', 'before', 'inverse'),
        epsilonFirst: chance(30),
        commuted: chance(30),
        positiveAxes: chance(40),
        onePlusGamma: chance(20),
        keepdims: chance(85),
      };
      const keras = spelling.centred === true && chance(25);
      const dims = (): number[] => {
        const own = shape.map((size, axis) => (axes.includes(axis) ? size : 1));
        const first = own.findIndex((size) => size !== 1);
        // Now and then a scalar, a longer list of ones, or one number for each element, which is no gamma.
        if (chance(8)) return [];
        if (chance(8)) return [...shape];
        return chance(50) ? own : own.slice(Math.max(0, first));
      };
      const place = {
        opset,
        x: value,
        rank,
        axes,
        gamma: chance(75) ? weight(dims()) : null,
        beta: spelling.centred && chance(70) ? weight(dims()) : null,
        epsilon: pick(1e-5, 1e-6, 1e-3),
      };
      const duplicateSub = spelling.centred === true && !keras && chance(20);
      const before = b.graph.node.length;
      const result = spell(b, { ...spelling, keras, duplicateSub }, place);
      if (chance(12)) {
        const made = b.graph.node.slice(before);
        b.output(b.node('Neg', [pick(...made).output[0]!]));
      }
      value = chance(30) ? b.node('Add', [value, result]) : result;
    } else if (what === 'linear' && rank === 4) {
      const channels = shape[1]!;
      const padded = chance(40);
      const group = channels % 2 === 0 && chance(40) ? 2 : 1;
      const outputs = 2 * group;
      value = b.node(
        'Conv',
        [value, weight([outputs, channels / group, 1, 1]), ...(chance(50) ? [weight([outputs])] : [])],
        { group, ...(padded ? { pads: [1, 1, 1, 1] } : {}) },
      );
      const grown = padded ? 2 : 0;
      shape = [shape[0]!, outputs, shape[2]! + grown, shape[3]! + grown];
    } else if (what === 'linear') {
      const outputs = pick(3, 4);
      value =
        rank === 2 && chance(50)
          ? b.node('Gemm', [value, weight([outputs, shape[1]!]), weight([outputs])], { transB: 1 })
          : b.node('MatMul', [value, weight([shape[rank - 1]!, outputs])]);
      shape = [...shape.slice(0, -1), outputs];
      if (chance(40)) value = b.node('Add', [value, weight([outputs])]);
    } else if (what === 'batchNorm') {
      const made = batchNorm(b, value, shape[1]!, random);
      value = chance(15) ? b.node('Mul', [made, value]) : made;
    } else if (what === 'affine') {
      const dims = chance(50) ? [shape[1]!, ...new Array<number>(rank - 2).fill(1)] : [shape[rank - 1]!];
      value = b.node('Add', [b.node('Mul', [value, weight(dims)]), weight(dims)]);
    } else {
      value =
        rank === 4 && shape[1]! % 2 === 0 && opset >= 13 && chance(50)
          ? spellGroupNorm(b, {
              x: value,
              shape,
              groups: 2,
              gamma: weight([shape[1]!, 1, 1]),
              beta: weight([shape[1]!, 1, 1]),
            })
          : b.node('Relu', [value]);
    }
  }
  b.output(value);
  return {
    bytes: b.model(opset, { irVersion: 8n }),
    x: randomTensor(given, random),
  };
}

test(
  `${GRAPHS} random graphs from seed ${SEED} give what they gave`,
  async () => {
    let changed = 0;
    for (let i = 0; i < GRAPHS; i++) {
      const { bytes, x } = randomGraph(SEED * 100_003 + i);
      const before = await run(bytes, { x });
      for (const target of [TARGETS[i % 2]!]) {
        const mended = mend(bytes, { target });
        if (mended.changes.length === 0) {
          expect(mended.bytes).toBe(bytes);
          continue;
        }
        changed++;
        const after = await run(mended.bytes, { x });
        for (const [name, expected] of Object.entries(before)) {
          // Groups of a few elements that are nearly equal enlarge a rounding many times over.
          const most = 2e-4;
          expect(difference(expected, after[name]!), `graph ${SEED * 100_003 + i}, ${name}`).toBeLessThan(
            most,
          );
        }
      }
    }
    expect(changed).toBeGreaterThan(GRAPHS / 3);
  },
  FULL ? 3_600_000 : 300_000,
);

/** How long any file may take, in ms: some 100 times what a whole one takes. */
const HANG = 20_000;

test(
  `${FILES} damaged files from seed ${SEED} are refused, or read`,
  async () => {
    const generator = xoroshiro128plus(SEED);
    const int = (most: number) => uniformInt(generator, 0, most);
    const wakeWord = readReal(
      MODELS['wake word “hey Rhasspy”']!,
      new URL('../node_modules/', import.meta.url),
    );
    // A run that gives nothing: what is read and written on the way to it counts.
    const nothing = async () => ({});
    for (let i = 0; i < FILES; i++) {
      const whole = i % 4 === 0 ? wakeWord : randomGraph(SEED * 7 + (i % 50)).bytes;
      const damaged = whole.slice();
      // Weights are most of a file, and structure is at its ends.
      for (let times = 0; times <= int(6); times++) {
        const from = int(1) * Math.max(0, damaged.length - 8000);
        const at = from + int(Math.min(8000, damaged.length) - 1);
        damaged[at] = int(1) === 0 ? int(255) : damaged[at]! ^ (1 << int(7));
      }
      const cut = int(3) === 0 ? damaged.subarray(0, int(damaged.length)) : damaged;
      const started = performance.now();
      const uses = [
        () => inspect(cut),
        () => mend(cut, { target: TARGETS[i % 3]! }),
        () => inputsOf(cut),
        () => externalLocations(cut),
        () => judgeModel(cut, { providers: { nothing } }),
        () => roundingToHalf(nothing)(cut, {}),
      ];
      for (const use of uses) {
        try {
          await use();
        } catch (error) {
          expect(error, `file ${i}: ${(error as Error).stack}`).toBeInstanceOf(NormError);
        }
      }
      expect(performance.now() - started, `file ${i}`).toBeLessThan(HANG);
    }
  },
  FULL ? 3_600_000 : 300_000,
);
