import type { Change, Measured, Norm } from '@normlayers/model';

const NAMES: Readonly<Record<Norm['op'], string>> = {
  batchNorm: 'Batch Norm',
  layerNorm: 'Layer Norm',
  instanceNorm: 'Instance Norm',
  groupNorm: 'Group Norm',
  rmsNorm: 'RMS Norm',
};

export function nameOfOp(op: Norm['op']): string {
  return NAMES[op];
}

/** How a table says a long name: its beginning and its end. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${text.slice(0, most - 1 - end)}…${text.slice(-end)}`;
}

/** How much of a spelling a table shows. */
const SPELLING = 48;

/** `LayerNormalization`, or `9 operators: ReduceMean Sub Pow …`. */
export function spellingInWords({ spelling, nodes }: Norm): string {
  if (nodes.length === 1) return spelling;
  const shown =
    spelling.length <= SPELLING ? spelling : `${spelling.slice(0, SPELLING).replace(/ \S*$/, '')} …`;
  return `${nodes.length} operators: ${shown}`;
}

/** What can be done about a norm, or why nothing can. */
export function possibilityInWords({ fold, rewrite }: Norm): string {
  if (fold?.possible === true) return `goes into ${fold.into}`;
  if (rewrite?.possible === true) {
    return rewrite.to === 'Cast' ? 'is computed in float32 between Casts' : `becomes ${rewrite.to}`;
  }
  const why = rewrite?.message ?? fold?.message;
  return why === undefined ? 'stays' : `stays: ${why}`;
}

export function canBeMended({ fold, rewrite }: Norm): boolean {
  return fold?.possible === true || rewrite?.possible === true;
}

/** `5 Layer Norms and 6 Batch Norms`. */
export function countInWords(norms: readonly Norm[]): string {
  const counts = Object.entries(NAMES).flatMap(([op, name]) => {
    const count = norms.filter((norm) => norm.op === op).length;
    return count === 0 ? [] : [`${count} ${name}${count === 1 ? '' : 's'}`];
  });
  if (counts.length === 0) return 'No normalization';
  return counts.length === 1 ? counts[0]! : `${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}`;
}

const DID: Readonly<Record<Change['kind'], string>> = {
  fuse: 'became one operator',
  widen: 'computed in float32',
  fold: 'folded into a layer',
  centre: 'centred first',
  rescale: 'scaled down first',
  opset: 'raised',
};

/** `5 became one operator, 6 folded into a layer`. */
export function changesInWords(changes: readonly Change[]): string {
  const kinds = [...new Set(changes.map(({ kind }) => kind))];
  const told = kinds.map((kind) => {
    const these = changes.filter((change) => change.kind === kind);
    if (kind === 'opset') return `raised to ${these[0]!.into}`;
    const count =
      kind === 'fold' ? these.reduce((sum, { nodes }) => sum + Math.min(1, nodes.length), 0) : these.length;
    return `${count} ${DID[kind]}`;
  });
  return told.join(', ');
}

/** From here on E[x^2] - E[x]^2 is no ordinary result. */
const FAR = 10;

/** What to do about a norm that was looked at; empty where nothing is to be done. */
export function adviceFor(norm: Norm): string {
  const { measured, unmeasured, notes } = norm;
  if (measured === undefined) return `not looked at: ${unmeasured?.message ?? 'a run does not show it.'}`;
  const wrong = wrongOn(measured);
  if (measured.largest === Infinity) return 'its input is not finite: look at what comes before it';
  if (wrong.length === 0) {
    return notes?.includes('epsilon-vanished') === true ? 'float16 has made its epsilon 0: mend' : '';
  }
  if (wrong.includes('float16') && measured.halfHeadroomBits < 0) {
    return 'a square overflows float16: mend computes it in float32';
  }
  const far = measured.kappa > FAR ? 'far from 0, and not centred: ' : '';
  if (canBeMended(norm)) return `${far}mend makes it one operator`;
  if (isForOurs(norm)) return `${far}mend --for normlayers makes it one operator`;
  if (far !== '' && wrong.some((provider) => provider.startsWith('webgpu:'))) {
    return 'far from 0, and not centred there: mend --for webgpu takes the mean off first';
  }
  return 'report it to who makes the provider';
}

/** Where a model has to be mended for, so that norms which came out wrong are right. */
export function targetFor(wrong: readonly Norm[]): string {
  if (wrong.some(isForOurs)) return 'normlayers';
  const on = wrong.flatMap(({ measured }) => (measured === undefined ? [] : wrongOn(measured)));
  return on.some((provider) => provider.startsWith('webgpu:')) ? 'webgpu' : 'any';
}

/** Whether it is a chain of a TensorFlow.js graph model, which our operators alone can replace. */
function isForOurs({ rewrite }: Norm): boolean {
  return rewrite?.possible === false && rewrite.reason === 'target' && rewrite.to.startsWith('Normlayers');
}

export function wrongOn({ grades }: Measured): string[] {
  return Object.keys(grades).filter((provider) => grades[provider] === 'wrong');
}
