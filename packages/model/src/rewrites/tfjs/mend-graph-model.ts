import { type TfjsArtifacts, Weights } from '../../formats/tfjs/artifacts';
import { GraphModelEdit } from '../../formats/tfjs/edit';
import { type GraphModelNorms, graphModelNorms } from '../../norms/graph-norms';
import type { Change } from '../change';
import { foldChange } from '../fold/apply-fold';
import type { TfjsTarget } from '../targets';
import { applyGraphModelFold } from './fold-graph-model';
import { applyGraphModelFusion } from './fuse-graph-model';

/** Folds Batch Norms into the layers beside them, then puts one operator in the place of each chain. */
export function mendGraphModel(
  artifacts: TfjsArtifacts,
  { target, fold, fuse }: { target: TfjsTarget; fold: boolean; fuse: boolean },
): { artifacts: TfjsArtifacts; changes: Change[] } {
  const changes: Change[] = [];
  // Changed by both passes, and written once.
  const weights = new Weights(artifacts);
  let mended = artifacts;
  const edited = (change: (graph: GraphModelNorms, edit: GraphModelEdit) => Change[]) => {
    const graphs = graphModelNorms(mended, target, weights);
    const edit = new GraphModelEdit(mended, weights);
    const made = graphs.flatMap((graph) => change(graph, edit));
    changes.push(...made);
    if (made.length > 0) mended = edit.apply(graphs.map(({ graph }) => graph));
  };
  if (fold) {
    edited(({ folds }, edit) =>
      folds.map((one) => {
        applyGraphModelFold(one, edit);
        return foldChange(one);
      }),
    );
  }
  if (fuse) {
    edited(({ norms }, edit) =>
      norms.flatMap(({ fusion, norm }): Change[] => {
        if (fusion === undefined) return [];
        applyGraphModelFusion(fusion, edit);
        return [{ kind: 'fuse', into: fusion.operator, nodes: norm.nodes, output: norm.output }];
      }),
    );
  }
  return changes.length === 0
    ? { artifacts, changes }
    : { artifacts: { ...mended, ...weights.toArtifacts() }, changes };
}
