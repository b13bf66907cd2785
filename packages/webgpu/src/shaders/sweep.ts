import type { Form } from './program/form';

/** A lane adds up this many slots before it adds their sum to the rest: one long float32 sum is far off. */
const STAGE = 64;

export interface SweepText {
  /** Names of the sums that the sweep takes: variables of type Value, declared by it. */
  readonly sums?: readonly string[];
  /** The tensors that are read: `x` gives `xi` to the body, `dy` gives `dyi`. */
  readonly reads: readonly ('x' | 'dy')[];
  /** Those whose registers this sweep fills: it is the first over them. */
  readonly first?: readonly ('x' | 'dy')[];
  /** WGSL for each slot: number `i`, at `s`. `sum += term` for the sums. */
  readonly body: string;
}

/**
 * A loop of a lane over its slots from `start` to `end`. Where slots are held in registers the loop is
 * written out, so that each has a name: compilers then keep them there.
 */
export function sweep(form: Form, text: SweepText): string {
  return form.held > 0 ? writtenOut(form, text) : staged(form, text);
}

/** Registers of `sweep`, to be declared before the first. */
export function registers({ held }: Form, reads: readonly string[]): string {
  return reads
    .flatMap((name) => Array.from({ length: held }, (_, k) => `  var ${name}${k} : Value;`))
    .join('\n');
}

function writtenOut({ held, lanes }: Form, { sums = [], reads, first = [], body }: SweepText): string {
  const slots = Array.from({ length: held }, (_, k) => {
    const loads = reads.map(
      (name) => `${first.includes(name) ? `${name}${k} = ${load(name)}; ` : ''}let ${name}i = ${name}${k};`,
    );
    return `  { let i = start + lane + ${k * lanes}u; if (i < end) { let s = slotPlace(i); ${loads.join(' ')} ${body} } }`;
  });
  return `${declared(sums)}\n${slots.join('\n')}`;
}

function staged({ lanes }: Form, { sums = [], reads, body }: SweepText): string {
  const loads = reads.map((name) => `let ${name}i = ${load(name)};`);
  const inner = `    for (var i = stage; i < min(stage + ${STAGE * lanes}u, end); i += ${lanes}u) {
      let s = slotPlace(i);
      ${loads.join(' ')} ${sums.reduce((code, name) => code.replaceAll(new RegExp(`\\b${name} ?\\+=`, 'g'), `${name}Stage +=`), body)}
    }`;
  return `${declared(sums)}
  for (var stage = start + lane; stage < end; stage += ${STAGE * lanes}u) {
${declared(sums.map((name) => `${name}Stage`))}
${inner}
    ${sums.map((name) => `${name} += ${name}Stage;`).join(' ')}
  }`;
}

const declared = (sums: readonly string[]) => sums.map((name) => `  var ${name} = Value();`).join('\n');
const load = (name: string) => `Value(${name}[at.x + s.x])`;
