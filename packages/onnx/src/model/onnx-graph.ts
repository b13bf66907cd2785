import type { DType } from '@normlayers/core/adapter';
import { encode, type Message, MODEL } from './messages';

/** A value inside a graph: its name and its element type. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
}

export type ElementType = DType | 'int64' | 'bool';

/** An operator's attribute: a list of integers, an integer, a float or a tensor of one element. */
export type Attribute =
  | readonly number[]
  | number
  | { readonly float: number }
  | { readonly tensor: Message };

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** The outputs' types; default: one output, of the first input's type. */
  readonly types?: readonly ElementType[];
}

/** TensorProto.DataType. */
const DATA_TYPE: Record<ElementType, number> = { float32: 1, int64: 7, bool: 9, float16: 10, float64: 11 };

/** AttributeProto.AttributeType. */
const ATTRIBUTE_TYPE = { float: 1, int: 2, tensor: 4, ints: 7 } as const;

interface Node {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly Message[];
}

/**
 * An ONNX graph under construction.
 *
 * Source: onnx.proto, ModelProto and GraphProto.
 */
export class OnnxGraph {
  readonly #nodes: Node[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  readonly #constants = new Map<string, Message>();
  /** The outputs' names, by those of the values that they are. */
  readonly #outputNames = new Map<string, string>();
  readonly #opset: number;
  #values = 0;
  /** A value's name in the model. */
  readonly #named = (name: string) => this.#outputNames.get(name) ?? name;

  /** @param opset the version of ONNX's operators; 21 is known to ONNX Runtime 1.20 and later. */
  constructor(opset = 21) {
    this.#opset = opset;
  }

  /** An input; `dimensions` names each axis, or gives its fixed size. */
  input(name: string, type: ElementType, dimensions: readonly (string | number)[]): Value {
    this.#inputs.push(description(name, type, dimensions));
    return { name, type };
  }

  /**
   * Makes a node's value an output, under the output's name. Its own node writes it: of the nodes that would copy it,
   * ONNX Runtime's WebGL provider takes one away wrongly (1.30: where the value is used elsewhere too).
   */
  output(name: string, value: Value, dimensions?: readonly number[]): void {
    this.#outputNames.set(value.name, name);
    this.#outputs.push(description(name, value.type, dimensions));
  }

  /** A constant: a scalar, or a list of integers. */
  constant(value: number | readonly number[], type: ElementType): Value {
    const name = `${type}(${value})`;
    if (!this.#constants.has(name)) this.#constants.set(name, constantTensor(name, value, type));
    return { name, type };
  }

  /** A node with one output. */
  node(operator: string, inputs: readonly (Value | null)[], options: NodeOptions = {}): Value {
    return this.nodeOf(operator, inputs, options)[0];
  }

  /** A node with any number of outputs; null stands for an optional input that is left out. */
  nodeOf(operator: string, inputs: readonly (Value | null)[], options: NodeOptions = {}): Value[] {
    const { attributes = {}, types = [inputs[0]!.type] } = options;
    const outputs = types.map((type) => ({ name: `value${this.#values++}`, type }));
    this.#nodes.push({
      opType: operator,
      input: inputs.map((value) => value?.name ?? ''),
      output: outputs.map(({ name }) => name),
      attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
    });
    return outputs;
  }

  /** The value in another type; itself where it has that type already. */
  cast(value: Value, type: DType): Value {
    if (value.type === type) return value;
    return this.node('Cast', [value], { attributes: { to: DATA_TYPE[type] }, types: [type] });
  }

  /** The model's bytes, for `ort.InferenceSession.create`. */
  toBytes(): Uint8Array {
    return encode(MODEL, this.message());
  }

  /** The model as a message, without the nodes that no output needs: not every runtime leaves these out. */
  message(): Message {
    const needed = new Set(this.#outputNames.keys());
    const nodes: Message[] = [];
    for (const { input, output, ...node } of this.#nodes.toReversed()) {
      if (!output.some((name) => needed.has(name))) continue;
      for (const name of input) needed.add(name);
      nodes.unshift({ ...node, input: input.map(this.#named), output: output.map(this.#named) });
    }
    return {
      irVersion: 10,
      producerName: 'normlayers',
      opsetImport: [{ domain: '', version: this.#opset }],
      graph: {
        name: 'norm',
        node: nodes,
        input: this.#inputs,
        output: this.#outputs,
        initializer: [...this.#constants].flatMap(([name, tensor]) => (needed.has(name) ? [tensor] : [])),
      },
    };
  }
}

/** A tensor of one element, as ConstantOfShape takes it. */
export function fillValue(value: number, type: DType): { readonly tensor: Message } {
  return { tensor: constantTensor('', [value], type) };
}

const DATA_FIELD: Partial<Record<ElementType, string>> = {
  float64: 'doubleData',
  float32: 'floatData',
  int64: 'int64Data',
};

function constantTensor(name: string, value: number | readonly number[], type: ElementType): Message {
  const field = DATA_FIELD[type];
  if (field === undefined) throw new TypeError(`no constants of type ${type}`);
  const values = typeof value === 'number' ? [value] : value;
  return {
    name,
    dataType: DATA_TYPE[type],
    dims: typeof value === 'number' ? [] : [value.length],
    [field]: values,
  };
}

function attributeOf(name: string, value: Attribute): Message {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPE.int, i: value };
  if ('float' in value) return { name, type: ATTRIBUTE_TYPE.float, f: value.float };
  if ('tensor' in value) return { name, type: ATTRIBUTE_TYPE.tensor, t: value.tensor };
  return { name, type: ATTRIBUTE_TYPE.ints, ints: value };
}

/** Name, type and, where known, dimensions of an input or output. */
function description(name: string, type: ElementType, dimensions?: readonly (string | number)[]): Message {
  const dim = dimensions?.map((dimension) =>
    typeof dimension === 'string' ? { dimParam: dimension } : { dimValue: dimension },
  );
  const shape = dim && { shape: { dim } };
  return { name, type: { tensorType: { elemType: DATA_TYPE[type], ...shape } } };
}
