import type { GraphEdit } from '../../formats/onnx/edit';
import type { OnnxNode } from '../../formats/onnx/read';
import { isOp } from '../../graph/graph';
import { nameOf } from '../../graph/spelling';
import type { Change } from '../change';
import type { Fold } from './find-folds';

/** Writes the layer anew. It gives what the last scaling gave, under that name. */
export function applyFold({ layer, before, after, flatten, folded }: Fold, edit: GraphEdit): void {
  const { weight, bias } = folded;
  const node = layer.node as OnnxNode;
  const type = layer.type;
  const output = (after.at(-1)?.y ?? layer.y).name;
  let input = layer.x.name;
  const first = before[0];
  if (first !== undefined) {
    input = first.x.name;
    if (flatten !== null) {
      input = edit.fresh(`${layer.x.name}/flat`);
      edit.remove(flatten as OnnxNode);
      edit.node(node, 'Flatten', [first.x.name], [input], { axis: 1 });
    }
  }
  for (const scaling of [...before, ...after]) edit.remove(scaling.node as OnnxNode);
  edit.remove(node);
  if (layer.biasNode !== null) edit.remove(layer.biasNode as OnnxNode);
  const weightName = edit.computed(`${layer.weightName}/folded`, weight);
  const needsBias = layer.bias !== null || bias.some((one) => one !== 0);
  const biasName = () => edit.constant(`${output}/bias`, type, [layer.outputs], bias);
  if (!isOp(node, 'MatMul')) {
    // A Gemm's alpha and beta are in its weights now.
    const ones = Object.keys(node.attributes).filter((name) => name === 'alpha' || name === 'beta');
    const attributes = Object.fromEntries(ones.map((name) => [name, { float: 1 }]));
    edit.like(node, [input, weightName, ...(needsBias ? [biasName()] : [])], [output], attributes);
    return;
  }
  const rank = layer.axis + 1;
  if (needsBias && rank === 2) {
    edit.node(node, 'Gemm', [input, weightName, biasName()], [output]);
  } else if (needsBias) {
    const product = edit.fresh(`${output}/product`);
    edit.node(node, 'MatMul', [input, weightName], [product]);
    edit.node(node, 'Add', [product, biasName()], [output]);
  } else {
    edit.node(node, 'MatMul', [input, weightName], [output]);
  }
}

/** A fold as one thing that was changed. */
export function foldChange({ layer, before, after }: Fold): Change {
  return {
    kind: 'fold',
    into: nameOf(layer.node),
    nodes: [...before, ...after].map(({ node }) => nameOf(node)),
    output: (after.at(-1)?.y ?? layer.y).name,
  };
}
