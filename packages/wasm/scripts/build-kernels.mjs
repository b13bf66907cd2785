// Compiles assembly/ to WebAssembly, each element type with and without relaxed SIMD, and embeds the four, deflated
// together, in src/embedded-kernels.ts: they differ little, so that all take hardly more room than one.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import asc from 'assemblyscript/asc';

const room = dirname(dirname(fileURLToPath(import.meta.url)));
const kernels = join(room, 'dist', 'kernels');
mkdirSync(kernels, { recursive: true });

const variants = [
  { name: 'float32', features: ['simd'] },
  { name: 'float32-relaxed', features: ['simd', 'relaxed-simd'] },
  { name: 'float64', features: ['simd'] },
  { name: 'float64-relaxed', features: ['simd', 'relaxed-simd'] },
];

const binaries = [];
for (const { name, features } of variants) {
  const file = join(kernels, `${name}.wasm`);
  const entry = join(room, 'assembly', `${name.replace('-relaxed', '')}.ts`);
  // Memory is imported, and nothing is laid out in it, so that it can be anybody's: TensorFlow.js's, or a shared one.
  const { error, stderr } = await asc.main([
    relative(process.cwd(), entry),
    ...['--outFile', relative(process.cwd(), file)],
    ...features.flatMap((feature) => ['--enable', feature]),
    ...['--runtime', 'stub', '--noAssert', '--importMemory', '--initialMemory', '0'],
    ...['-O3', '--shrinkLevel', '1', '--converge', '--noColors'],
  ]);
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
  binaries.push(readFileSync(file));
}

const deflated = deflateRawSync(Buffer.concat(binaries), { level: 9 });
const source = `// Made by scripts/build-kernels.mjs from assembly/.

/** The lengths, in bytes, of the kernels for ${variants.map(({ name }) => name).join(', ')}. */
export const LENGTHS = [${binaries.map(({ length }) => length).join(', ')}] as const;

/** All of them in this order, deflated (RFC 1951), in base 64. */
export const KERNELS =
  '${deflated.toString('base64')}';
`;
const target = join(room, 'src', 'embedded-kernels.ts');
let before = '';
try {
  before = readFileSync(target, 'utf8');
} catch {}
if (before !== source) writeFileSync(target, source);
console.log(
  variants.map(({ name }, i) => `${name} ${binaries[i].length} bytes`).join(', '),
  `embedded in ${deflated.length}`,
);
