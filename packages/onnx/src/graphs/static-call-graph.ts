import { type DType, inverseOrder, sizeOf, type TensorName } from '@normlayers/core/adapter';
import type { Value } from '../model/onnx-graph';
import { CallGraph, type GraphSpec, type InputName, type Reduction, type ScalarName } from './call-graph';
import { type AxisSizes, axesWhere, LONGEST_APART, parameterFeedDims } from './reduction-axes';

/** The graph that a spec is for: of symbolic sizes, or of its own. */
export function callGraph(spec: GraphSpec): CallGraph {
  return spec.sizes === undefined ? new CallGraph(spec) : new StaticCallGraph(spec, spec.sizes);
}

/** The last version of ONNX's operators in which all reductions take their axes as an attribute. */
const OPSET = 12;

/**
 * A graph of one call for ONNX Runtime's WebGL provider, which wants all sizes in the model, is at home in ONNX's opset
 * 12 and knows few operators.
 *
 * Nothing is reshaped in here: tensors are fed under the rank of x, and what comes out is reshaped outside. That
 * provider (1.30) reshapes by giving the same texture another shape, and then reads it as if it had the texture's width
 * that goes with the new one.
 */
class StaticCallGraph extends CallGraph {
  readonly #sizes: AxisSizes;
  readonly #scalars = new Map<ScalarName, Value>();

  constructor(spec: GraphSpec, sizes: AxisSizes) {
    super(spec, OPSET);
    this.#sizes = sizes;
  }

  override fed(name: InputName): Value {
    return this.onnx.input(name, this.spec.types[name]!, this.#sizes.dims);
  }

  override flatParameter(name: TensorName, type: DType): Value | null {
    const given = this.spec.types[name];
    if (given === undefined) return null;
    const value = this.onnx.cast(
      this.onnx.input(name, given, parameterFeedDims(this.spec, this.#sizes)),
      type,
    );
    const order = this.#parameterOrder();
    return order === null ? value : this.onnx.node('Transpose', [value], { attributes: { perm: order } });
  }

  /** It is fed so. */
  override broadcastable(value: Value): Value {
    return value;
  }

  override scalar(name: ScalarName): Value {
    const declared = this.#scalars.get(name) ?? this.onnx.input(name, this.computeType, []);
    this.#scalars.set(name, declared);
    return declared;
  }

  override reduce(operator: Reduction, value: Value): Value {
    return this.#over(operator, value, this.reducedAxes);
  }

  protected override sumOver(value: Value, axes: readonly number[]): Value {
    return this.#over('ReduceSum', value, axes);
  }

  override meanPerParameter(statistic: Value): Value {
    return this.#over(
      'ReduceMean',
      statistic,
      axesWhere(this.spec, ({ reduced, parametric }) => !reduced && !parametric),
    );
  }

  /** A value of x's shape or of one that broadcasts against it. */
  override output(name: string, value: Value, type: DType): void {
    const whole = name === 'y' || name === 'sum' || name === 'dx';
    const dims = this.#sizes.dims.map((size, axis) => (whole || !this.spec.axes[axis].reduced ? size : 1));
    this.onnx.output(name, this.onnx.cast(value, type), dims);
  }

  override parameterOutput(name: string, value: Value, type: DType): void {
    const order = this.#parameterOrder();
    const inOrder =
      order === null
        ? value
        : this.onnx.node('Transpose', [value], { attributes: { perm: inverseOrder(order) } });
    this.onnx.output(name, this.onnx.cast(inOrder, type), parameterFeedDims(this.spec, this.#sizes));
  }

  /** Axis by axis, as in all graphs, since sums of sums round less; few elements in one go, by one program. */
  #over(operator: string, value: Value, axes: readonly number[]): Value {
    const node = (reduced: Value, over: readonly number[]) =>
      this.onnx.node(operator, [reduced], { attributes: { axes: over } });
    const { dims } = this.#sizes;
    if (axes.length > 0 && sizeOf(axes.map((axis) => dims[axis])) <= LONGEST_APART) return node(value, axes);
    return axes.reduceRight((reduced, axis) => node(reduced, [axis]), value);
  }

  /** Transposed by this, parameters as they are fed broadcast against x; null where they do so already. */
  #parameterOrder(): number[] | null {
    const { parameterOrder } = this.spec;
    if (parameterOrder === null) return null;
    let parametric = 0;
    let other = parameterOrder.length;
    return this.spec.axes.map((axis) => (axis.parametric ? parameterOrder[parametric++] : other++));
  }
}
