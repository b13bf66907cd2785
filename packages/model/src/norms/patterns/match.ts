import { scalarOf } from '../../graph/constant';
import { evaluated } from '../../graph/evaluate';
import { isOp, type Node, numberOf, type Value } from '../../graph/graph';
import { listGiven } from '../../graph/shapes';
import type { ReasonCode } from '../refusal';
import type { AffinePattern, Pattern } from './pattern';
import { handsOn, type SameValues } from './same-value';

/** What a pattern has bound so far. */
export interface Bindings {
  readonly values: ReadonlyMap<string, Value>;
  readonly numbers: ReadonlyMap<string, number>;
  /** The axes of all means: from the front where the rank is known, else from the end. */
  readonly axes: readonly number[] | null;
  /** The nodes that were looked at. */
  readonly nodes: ReadonlySet<Node>;
  readonly faults: ReadonlySet<ReasonCode>;
}

export const NOTHING_BOUND: Bindings = {
  values: new Map(),
  numbers: new Map(),
  axes: null,
  nodes: new Set(),
  faults: new Set(),
};

/** Matches one value. Identity and Cast nodes are looked through. */
export function match(pattern: Pattern, value: Value, bound: Bindings, same: SameValues): Bindings | null {
  if ('value' in pattern) return bindValue(pattern.value, value, bound, same);
  if ('anyOf' in pattern) {
    for (const one of pattern.anyOf) {
      const found = match(one, value, bound, same);
      if (found !== null) return found;
    }
    return null;
  }
  if ('number' in pattern) return scalarOf(evaluated(value)) === pattern.number ? bound : null;
  if ('constant' in pattern) {
    const number = scalarOf(evaluated(value));
    const known = bound.numbers.get(pattern.constant);
    if (number === null || (known !== undefined && known !== number)) return null;
    return {
      ...bound,
      numbers: new Map(bound.numbers).set(pattern.constant, number),
      values: new Map(bound.values).set(pattern.constant, value),
    };
  }
  if ('mean' in pattern) return matchMean(pattern, value, bound, same);
  const node = producerOf(value, bound);
  if (!isOp(node.made, pattern.op)) return null;
  const { made, nodes } = node;
  const looked: Bindings = { ...bound, nodes: new Set([...nodes, made]) };
  const operands = made.inputs.slice(0, pattern.inputs.length);
  const orders = pattern.commutative ? [operands, [...operands].reverse()] : [operands];
  for (const order of orders) {
    const found = order.reduce<Bindings | null>(
      (so, operand, i) =>
        so === null || operand === null ? null : match(pattern.inputs[i]!, operand, so, same),
      looked,
    );
    if (found !== null && operands.length === pattern.inputs.length) {
      return pattern.as === undefined ? found : bindValue(pattern.as, value, found, same);
    }
  }
  return null;
}

function bindValue(name: string, value: Value, bound: Bindings, same: SameValues): Bindings | null {
  const known = bound.values.get(name);
  if (known === undefined) return { ...bound, values: new Map(bound.values).set(name, value) };
  return same.of(known) === same.of(value) ? bound : null;
}

/** The node that makes a value; those that hand it on are looked through and counted. */
function producerOf(value: Value, { nodes }: Bindings): { made: Node | null; nodes: Set<Node> } {
  const seen = new Set(nodes);
  let made = value.producer;
  while (handsOn(made)) {
    seen.add(made);
    made = made.inputs[0].producer;
  }
  return { made, nodes: seen };
}

function matchMean(
  pattern: Extract<Pattern, { mean: Pattern }>,
  value: Value,
  bound: Bindings,
  same: SameValues,
): Bindings | null {
  let { made, nodes } = producerOf(value, bound);
  let restored: readonly number[] | null = null;
  if (isOp(made, 'Unsqueeze') && made.inputs[0] != null) {
    restored = listGiven(made, 'axes', 1);
    nodes.add(made);
    made = made.inputs[0].producer;
  }
  if (!isOp(made, 'ReduceMean') || made.inputs[0] == null) return null;
  nodes.add(made);
  const x = made.inputs[0];
  const rank = x.shape?.length ?? null;
  const axes = meanAxes(made, rank);
  if (axes === null || axes.length === 0) return null;
  if (bound.axes !== null && !equal(bound.axes, axes)) return null;
  const faults = new Set(bound.faults);
  const dropped = numberOf(made, 'keepdims', 1) !== 1;
  const back = restored === null ? null : fromFront(restored, rank);
  if (dropped ? axes.length !== rank && !(back && equal(back, axes)) : restored !== null)
    faults.add('keepdims');
  const found = match(pattern.mean, x, { ...bound, axes, nodes, faults }, same);
  return found === null || pattern.as === undefined ? found : bindValue(pattern.as, value, found, same);
}

/** Sorted; null where they are not known, or nothing is reduced. */
function meanAxes(node: Node, rank: number | null): readonly number[] | null {
  const given = listGiven(node, 'axes', 1);
  if (given === null && node.inputs[1] != null) return null;
  if (given === null || given.length === 0) {
    if (numberOf(node, 'noop_with_empty_axes', 0) === 1 || rank === null) return null;
    return Array.from({ length: rank }, (_, axis) => axis);
  }
  return fromFront(given, rank);
}

function fromFront(axes: readonly number[], rank: number | null): readonly number[] {
  const front = rank === null ? [...axes] : axes.map((axis) => (axis < 0 ? axis + rank : axis));
  return front.sort((a, b) => a - b);
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** A factor of a product, as found. */
export interface Factor {
  readonly value: Value;
  readonly power: number;
}

/** A term of a sum, as found. */
export interface Term {
  readonly value: Value;
  readonly sign: number;
}

/** A value taken for gamma * (what was looked for) + beta. */
export interface Affine {
  readonly bound: Bindings;
  readonly gamma: readonly Factor[];
  readonly beta: readonly Term[];
}

/** Beyond this many parts no sum or product is a normalization's. */
const MOST_PARTS = 12;

/** Matches a sum of products around values that are bound already; these are not taken apart any further. */
export function matchAffine(
  pattern: AffinePattern,
  root: Value,
  bound: Bindings,
  stops: ReadonlySet<Value>,
  same: SameValues,
): Affine | null {
  const looked = new Set<Node>();
  const terms = termsOf(root, 1, stops, same, looked);
  if (terms === null) return null;
  let state: Bindings = bound;
  let gamma: readonly Factor[] | null = null;
  for (const wanted of pattern) {
    const at = terms.findIndex((term) => {
      const seen = new Set<Node>();
      const factors = factorsOf(term.value, 1, stops, same, seen);
      if (factors === null || factors.sign * term.sign !== wanted.sign) return false;
      const rest = [...factors.list];
      let so: Bindings | null = state;
      for (const { of, power } of wanted.factors) {
        const which = rest.findIndex((factor) => {
          if (factor.power !== power || so === null) return false;
          const found = match(of, factor.value, so, same);
          if (found === null) return false;
          so = found;
          return true;
        });
        if (which < 0) return false;
        rest.splice(which, 1);
      }
      if (gamma !== null && !sameFactors(gamma, rest, same)) return false;
      gamma = rest;
      state = { ...so, nodes: new Set([...so.nodes, ...seen]) };
      return true;
    });
    if (at < 0) return null;
    terms.splice(at, 1);
  }
  return {
    bound: { ...state, nodes: new Set([...state.nodes, ...looked]) },
    gamma: gamma ?? [],
    beta: terms,
  };
}

function sameFactors(a: readonly Factor[], b: readonly Factor[], same: SameValues): boolean {
  const left = [...b];
  for (const { value, power } of a) {
    const at = left.findIndex((other) => other.power === power && same.of(other.value) === same.of(value));
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return left.length === 0;
}

function termsOf(
  value: Value,
  sign: number,
  stops: ReadonlySet<Value>,
  same: SameValues,
  looked: Set<Node>,
): Term[] | null {
  const node = value.producer;
  const [left, right] = node?.inputs ?? [];
  if (stops.has(same.of(value)) || value.constant !== null || left == null) return [{ value, sign }];
  const join = (a: Term[] | null, b: Term[] | null) =>
    a === null || b === null || a.length + b.length > MOST_PARTS ? null : [...a, ...b];
  const below = (operand: Value, factor: number) => {
    looked.add(node!);
    return termsOf(operand, sign * factor, stops, same, looked);
  };
  if (isOp(node, 'Add') && right != null) return join(below(left, 1), below(right, 1));
  if (isOp(node, 'Sub') && right != null) return join(below(left, 1), below(right, -1));
  if (isOp(node, 'Neg')) return below(left, -1);
  if (handsOn(node)) return below(left, 1);
  return [{ value, sign }];
}

function factorsOf(
  value: Value,
  power: number,
  stops: ReadonlySet<Value>,
  same: SameValues,
  looked: Set<Node>,
): { list: Factor[]; sign: number } | null {
  const leaf = { list: [{ value, power }], sign: 1 };
  const node = value.producer;
  const [left, right] = node?.inputs ?? [];
  if (stops.has(same.of(value)) || value.constant !== null || left == null) return leaf;
  const below = (operand: Value, factor: number) => {
    looked.add(node!);
    return factorsOf(operand, power * factor, stops, same, looked);
  };
  type Found = ReturnType<typeof below>;
  const join = (a: Found, b: Found): Found =>
    a === null || b === null || a.list.length + b.list.length > MOST_PARTS
      ? null
      : { list: [...a.list, ...b.list], sign: a.sign * b.sign };
  // A root of a product is not always the product of the roots: only what is looked for is taken from under one.
  const whole = Number.isInteger(power);
  const bare = stops.has(same.of(left));
  if (isOp(node, 'Mul') && right != null && whole) return join(below(left, 1), below(right, 1));
  if (isOp(node, 'Div') && right != null && whole) return join(below(left, 1), below(right, -1));
  if (isOp(node, 'Reciprocal')) return below(left, -1);
  if (isOp(node, 'Sqrt') && bare) return below(left, 0.5);
  if (isOp(node, 'Rsqrt') && bare) return below(left, -0.5);
  if (isOp(node, 'Pow') && bare && right != null) {
    const exponent = scalarOf(evaluated(right));
    return exponent === null ? leaf : below(left, exponent);
  }
  if (isOp(node, 'Neg') && whole) {
    const found = below(left, 1);
    return found && { list: found.list, sign: -found.sign };
  }
  if (handsOn(node)) return below(left, 1);
  return leaf;
}
