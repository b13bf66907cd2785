import type { Node } from './graph';

/** What a person calls a node by. */
export function nameOf(node: Node): string {
  return node.name || node.outputs.find((output) => output !== null)?.name || node.op;
}

/** The operators of some nodes in the order of the graph. */
export function spellingOf(nodes: Iterable<Node>): string {
  return inOrder(nodes)
    .map(({ domain, op }) => (domain === '' ? op : `${domain}.${op}`))
    .join(' ');
}

export function inOrder(nodes: Iterable<Node>): Node[] {
  return [...nodes].sort((a, b) => a.index - b.index);
}
