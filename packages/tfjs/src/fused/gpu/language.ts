/**
 * The programs are written once, in the part of GLSL ES 3.00 that WGSL can also say: float, int, uint, vec2 and vec4,
 * `for`, `if`, functions, and `$name` for a uniform. This file says it in either.
 */

const TYPES: Readonly<Record<string, string>> = {
  float: 'f32',
  int: 'i32',
  uint: 'u32',
  vec2: 'vec2<f32>',
  vec4: 'vec4<f32>',
};
const TYPE = Object.keys(TYPES).join('|');

const FUNCTIONS: Readonly<Record<string, string>> = {
  floatBitsToUint: 'bitcast<u32>',
  uintBitsToFloat: 'bitcast<f32>',
  inversesqrt: 'inverseSqrt',
  float: 'f32',
  int: 'i32',
  uint: 'u32',
};

export function toGlsl(code: string): string {
  return code.replaceAll('$', '');
}

export function toWgsl(code: string): string {
  const typed = (parameters: string) =>
    parameters.replace(new RegExp(`\\b(${TYPE}) (\\w+)`, 'g'), (_, type, name) => `${name} : ${TYPES[type]}`);
  return code
    .replaceAll('$', 'uniforms.')
    .replace(
      new RegExp(`^(${TYPE}) (\\w+)\\((.*)\\) \\{`, 'gm'),
      (_, type, name, parameters) => `fn ${name}(${typed(parameters)}) -> ${TYPES[type]} {`,
    )
    .replace(
      new RegExp(`^(${TYPE}) (\\w+);`, 'gm'),
      (_, type, name) => `var<private> ${name} : ${TYPES[type]};`,
    )
    .replace(new RegExp(`\\b(${TYPE}) (\\w+) =`, 'g'), (_, type, name) => `var ${name} : ${TYPES[type]} =`)
    .replace(
      new RegExp(`\\b(${Object.keys(FUNCTIONS).join('|')})\\(`, 'g'),
      (_, name) => `${FUNCTIONS[name]}(`,
    );
}
