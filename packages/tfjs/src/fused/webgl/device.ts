import type { TensorFlow, TensorInfo } from '../../framework';
import { contextLost } from '../context-lost';
import { ANY_SHAPE, blocksOf, type GpuDevice, type GpuProgram, uniformsOf, WIDE } from './program';

/** What is used of TensorFlow.js's webgl backend (4.22.0), all of it public. */
interface WebglBackend {
  readonly gpgpu: { readonly gl: { isContextLost(): boolean } };
  readonly texData: {
    get(dataId: object): TextureData;
    set(dataId: object, data: TextureData): void;
    delete(dataId: object): void;
  };
  uploadToGPU(dataId: object): void;
  compileAndRun(
    program: object,
    inputs: readonly TensorInfo[],
    dtype: 'float32',
    uniforms: number[][],
    keepPacked: boolean,
  ): TensorInfo;
  disposeIntermediateTensorInfo(info: TensorInfo): void;
}

interface TextureData {
  /** The shape by which a packed texture is packed. */
  readonly shape: number[];
  /** Four numbers a texel: two rows of two columns. */
  readonly isPacked?: boolean;
}

/** A program in the shape that the backend compiles (tfjs-backend-webgl, `gpgpu_math.ts`, GPGPUProgram). */
interface GpgpuProgram {
  readonly variableNames: readonly string[];
  readonly userCode: string;
  readonly customUniforms: readonly { name: string; type: 'int' | 'float' }[];
  /** The shapes come as uniforms, so that a shader is compiled once and not for each shape. */
  readonly enableShapeUniforms: true;
  readonly packedOutput: boolean;
  readonly outputShape: readonly number[];
}

/**
 * Runs programs as fragment shaders on the webgl backend. Null where it cannot: on WebGL 1, with 16-bit
 * textures, or on a version of TensorFlow.js whose backend is made otherwise.
 *
 * The shaders read the textures themselves, of whatever shape and packed or not: TensorFlow.js would unpack a
 * packed tensor by a draw of its own before each of ours.
 */
export function webglDevice(tf: TensorFlow, backend: object): GpuDevice | null {
  const webgl = backend as WebglBackend;
  const known = ['compileAndRun', 'uploadToGPU', 'disposeIntermediateTensorInfo'] as const;
  if (!known.every((name) => typeof webgl[name] === 'function') || !webgl.texData || !webgl.gpgpu?.gl)
    return null;
  const env = tf.env();
  if (env.getNumber('WEBGL_VERSION') !== 2 || !env.getBool('WEBGL_RENDER_FLOAT32_ENABLED')) return null;
  const made = new Map<string, { code: string; uniforms: string[] }>();

  /** The input as an unpacked tensor would be, whatever its texture is: `samplerOf` knows how to read it. */
  function asTexture({ dataId, dtype }: TensorInfo): TensorInfo & { packed: number[] | null } {
    webgl.uploadToGPU(dataId);
    const data = webgl.texData.get(dataId);
    const unpacked = { dtype, shape: ANY_SHAPE };
    if (data.isPacked !== true) return { ...unpacked, dataId, packed: null };
    const alias = {};
    webgl.texData.set(alias, { ...data, isPacked: false });
    return { ...unpacked, dataId: alias, packed: [data.shape.at(-2) ?? 1, data.shape.at(-1) ?? 1] };
  }

  return {
    split([outer, groups, inner]) {
      return blocksOf(outer * inner, groups, 512, 64);
    },
    run(program, inputs, { ints, floats }, count) {
      const textures = inputs.map(asTexture);
      try {
        const packed = program.inputs.filter((name, i) => !WIDE.has(name) && textures[i]?.packed);
        const key = `${packed} ${program.code}`;
        const shader = made.get(key) ?? shaderOf(program, packed);
        made.set(key, shader);
        const sizes = Object.fromEntries(
          textures.flatMap(({ packed }, i) => [
            [`rows${program.inputs[i]}`, packed?.[0]],
            [`columns${program.inputs[i]}`, packed?.[1]],
          ]),
        );
        const given: Readonly<Record<string, number | undefined>> = { ...ints, ...sizes, count };
        const values = shader.uniforms.map((name) => floats[name] ?? given[name]) as number[];
        const compiled: GpgpuProgram = {
          variableNames: program.inputs,
          userCode: shader.code,
          customUniforms: shader.uniforms.map((name) => ({ name, type: name in floats ? 'float' : 'int' })),
          enableShapeUniforms: true,
          packedOutput: program.wide,
          outputShape: program.wide ? [2, 2 * count] : [count],
        };
        return webgl.compileAndRun(
          compiled,
          textures,
          'float32',
          values.map((value) => [value]),
          true,
        );
      } finally {
        for (const { dataId, packed } of textures) if (packed) webgl.texData.delete(dataId);
      }
    },
    dispose: (info) => webgl.disposeIntermediateTensorInfo(info),
    lost: () => (webgl.gpgpu.gl.isContextLost() ? contextLost('webgl', 'WebGL context') : null),
  };
}

function shaderOf(program: GpuProgram, packed: readonly string[]) {
  const samplers = program.inputs.map((name) => samplerOf(name, packed.includes(name)));
  const code = `
${samplers.join('\n')}
${program.code}
void main() {
  int width = ${program.wide ? '(outTexShape[1] + 1) / 2' : 'outTexShape[1]'};
  ivec2 place = ivec2(gl_FragCoord.xy);
  setOutput(value(min(place.y * width + place.x, $count - 1)));
}`;
  return { code: code.replaceAll('$', ''), uniforms: uniformsOf({ ...program, code }) };
}

function samplerOf(name: string, packed: boolean): string {
  const texel = (i: string) => `texelFetch(${name}, ivec2((${i}) % width, (${i}) / width), 0)`;
  const width = `int width = textureSize(${name}, 0).x;`;
  if (WIDE.has(name)) return `vec4 fetch${name}(int i) { ${width} return ${texel('i')}; }`;
  if (!packed) return `float fetch${name}(int i) { ${width} return ${texel(`i + offset${name}`)}.r; }`;
  return `float fetch${name}(int i) {
  ${width}
  int column = i % $columns${name};
  int above = i / $columns${name};
  int row = above % $rows${name};
  int pair = above / $rows${name} * (($rows${name} + 1) / 2) + row / 2;
  int at = pair * (($columns${name} + 1) / 2) + column / 2;
  return ${texel('at')}[(row & 1) * 2 + (column & 1)];
}`;
}
