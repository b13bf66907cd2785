import type { GraphProto, NodeProto } from './messages';

/** Names that nodes take, those in nested graphs included. */
export function* usedNames(nodes: readonly NodeProto[]): Generator<string> {
  for (const node of nodes) {
    yield* node.input;
    for (const { g, graphs } of node.attribute) {
      for (const one of g ? [g, ...graphs] : graphs) {
        yield* usedNames(one.node);
        for (const { name } of one.output) yield name;
      }
    }
  }
}

/**
 * Nodes after what they take. The specification asks files for that order; ONNX Runtime does not, and converters to float16
 * write their Casts last.
 *
 * @throws Error where nodes take each other's results.
 */
export function inOrderOfUse(nodes: readonly NodeProto[]): readonly NodeProto[] {
  const makers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  makers.delete('');
  const taken = (node: NodeProto) => takenNames(node).flatMap((name) => makers.get(name) ?? []);
  const done = new Set<NodeProto>();
  const isOrdered = nodes.every((node) => {
    const isReady = taken(node).every((maker) => done.has(maker));
    done.add(node);
    return isReady;
  });
  if (isOrdered) return nodes;
  done.clear();
  const open = new Set<NodeProto>();
  for (const root of nodes) {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      const next = done.has(node) ? undefined : taken(node).find((maker) => !done.has(maker));
      if (next === undefined) {
        done.add(node);
        open.delete(node);
        stack.pop();
        continue;
      }
      open.add(node);
      if (open.has(next)) throw new Error(`${JSON.stringify(next.output[0])} is made of itself`);
      stack.push(next);
    }
  }
  return [...done];
}

/** What a node takes, and what the graphs nested in it take from around them. */
function takenNames({ input, attribute }: NodeProto): string[] {
  const nested = attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));
  return [...input, ...nested.flatMap(outerNames)];
}

function outerNames({ node, input, initializer, output }: GraphProto): string[] {
  const own = new Set([...input, ...initializer].map(({ name }) => name));
  for (const one of node) for (const name of one.output) own.add(name);
  return [...node.flatMap(takenNames), ...output.map(({ name }) => name)].filter((name) => !own.has(name));
}
