import { NormError } from '@normlayers/core';
import type { TfjsArtifacts } from './artifacts';

/** An AttrValue as `model.json` has it: 64-bit integers may be text, text is in base64. */
export interface AttrValue {
  readonly i?: string | number;
  readonly f?: number;
  readonly b?: boolean;
  readonly s?: string;
  /** `DT_FLOAT` or its number. */
  readonly type?: string | number;
  readonly shape?: {
    readonly dim?: readonly { readonly size: string | number }[];
    readonly unknownRank?: boolean;
  };
  readonly list?: {
    readonly i?: readonly (string | number)[];
    readonly f?: readonly number[];
    readonly s?: readonly string[];
  };
  readonly tensor?: object;
}

/** A NodeDef as `model.json` has it. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, AttrValue>>;
}

/** A FunctionDef as `model.json` has it. */
export interface FunctionDef {
  readonly signature: {
    readonly name: string;
    readonly inputArg?: readonly { readonly name: string; readonly type?: string | number }[];
  };
  readonly nodeDef?: readonly NodeDef[];
  readonly ret?: Readonly<Record<string, string>>;
}

/** A GraphDef as `model.json` has it. */
export interface GraphDef {
  readonly node: readonly NodeDef[];
  readonly library?: { readonly function?: readonly FunctionDef[] };
}

/** @throws NormError `file` where the topology is no graph. */
export function graphDef({ modelTopology }: TfjsArtifacts): GraphDef {
  const nodes = (modelTopology as Partial<GraphDef> | undefined)?.node;
  if (!Array.isArray(nodes)) throw new NormError('file', 'the topology has no list of nodes.');
  const isNode = (one: unknown) => typeof (one as Partial<NodeDef> | null)?.name === 'string';
  const fault = nodes.findIndex((one) => !isNode(one));
  if (fault >= 0) throw new NormError('file', `node ${fault} of the topology has no name.`);
  return modelTopology as GraphDef;
}

/** What a node takes: another's name, and which of its outputs. */
export interface Reference {
  readonly name: string;
  readonly output: number;
}

/**
 * `name` and `name:0` in a graph; `name:output:0` in a function, where the middle part names one of the operator's outputs.
 * `^name` only orders, and is null.
 */
export function referenceOf(input: string): Reference | null {
  if (input.startsWith('^')) return null;
  const [name, ...rest] = input.split(':');
  const last = Number(rest.at(-1) ?? 0);
  const output = Number.isInteger(last) ? last : 0;
  // Of a Batch Norm's outputs only `y` comes first.
  return { name: name!, output: rest.length === 2 && BESIDE_Y.has(rest[0]!) ? output + 1 : output };
}

const BESIDE_Y = new Set([
  'batch_mean',
  'batch_variance',
  'reserve_space_1',
  'reserve_space_2',
  'reserve_space_3',
]);

type Signature = Readonly<
  Record<'inputs' | 'outputs', Readonly<Record<string, { readonly name?: string }>> | undefined>
>;

/** What a graph model says of its inputs and outputs. */
export function signatureOf({ signature, userDefinedMetadata }: TfjsArtifacts): Partial<Signature> {
  const given = (userDefinedMetadata as { signature?: Signature } | undefined)?.signature ?? signature;
  return (given ?? {}) as Partial<Signature>;
}

/** The names of the nodes that a graph model gives; null: those that nothing takes. */
export function outputNames(artifacts: TfjsArtifacts): string[] | null {
  const names = Object.values(signatureOf(artifacts).outputs ?? {}).flatMap(({ name }) => name ?? []);
  return names.length === 0 ? null : names;
}

/** The nodes that a graph model takes, with the names that they are given by; null: its placeholders. */
export function inputNames(artifacts: TfjsArtifacts): Map<string, string> | null {
  const entries = Object.entries(signatureOf(artifacts).inputs ?? {}).flatMap(([key, { name }]) =>
    name === undefined ? [] : [[referenceOf(name)!.name, key] as const],
  );
  return entries.length === 0 ? null : new Map(entries);
}
