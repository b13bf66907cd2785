import { BrowserError } from '@normlayers/browsers';
import { Command, CommanderError } from 'commander';
import { CommandError, EXIT } from './command-error';
import { type AdaptersOptions, printAdapters } from './commands/adapters';
import { type BenchOptions, runBenchCommand } from './commands/bench';
import { type ConformanceOptions, runConformanceCommand } from './commands/conformance';
import type { CheckCommandOptions } from './commands/model/check';
import type { InspectCommandOptions } from './commands/model/inspect';
import type { MendCommandOptions } from './commands/model/mend';
import type { JudgeVectorsOptions } from './commands/vectors';
import { IN_DENO } from './deno/host';
import { runInDeno } from './deno/run-in-deno';
import { collect, namedSizes, partOf, portOf, repeat, roundsOf, seedOf, targetOf } from './options/choices';
import { type BrowserFlags, runtimeOf } from './options/runtime';
import { version } from './version';

const EXIT_CODES = `
Exit codes: 0 all our adapters pass; 1 one fails; 2 the command line is wrong; 3 this machine lacks something;
130 stopped by Ctrl-C.
`;

const MODEL_EXIT_CODES = `
Exit codes: 0 nothing wrong is left; 1 a norm is wrong, or mending could not be verified, and nothing is written; 2 the
command line is wrong, or the file is no model; 3 this machine lacks something; 130 stopped by Ctrl-C.
`;

/**
 * Runs the command in this process.
 *
 * @param args what stands behind its name on the command line.
 * @returns the exit code.
 */
export async function runNormlayers(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.passed;
  const program = programOf((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage;
    if (error instanceof BrowserError) {
      console.error(`normlayers: ${error.message}`);
      return EXIT[error.kind];
    }
    if (!(error instanceof CommandError)) throw error;
    console.error(`normlayers: ${error.message}`);
    return error.exitCode;
  }
}

/** The commands and their options; `done` is told the exit code of the one that was run. */
function programOf(done: (exitCode: number) => void): Command {
  const program = new Command('normlayers')
    .description('Which normalization back ends are right: Batch, Layer, Instance, Group and RMS Norm.')
    .version(version)
    .showHelpAfterError()
    .exitOverride();

  inBrowsers(program.command('conformance'))
    .description('run the conformance suite and print a matrix of operation and mode by adapter')
    .addHelpText('after', EXIT_CODES)
    .option(
      '--adapter <name>',
      'adapters, or the groups all, ours, native (repeat or use commas; default: all)',
      collect,
    )
    .option('--without <name>', 'adapters or groups to leave out of these (repeat or use commas)', collect)
    .option(
      '--op <op>',
      'only these operations: batchNorm, layerNorm, instanceNorm, groupNorm, rmsNorm or all (default: all)',
      collect,
    )
    .option('--mode <mode>', 'only these modes: inference, training, backward or all (default: all)', collect)
    .option(
      '--dtype <dtype>',
      'only these types of x: float32, float16, float64 or all (default: all)',
      collect,
    )
    .option(
      '--case <text>',
      'only cases whose name has this text in it (repeat); each is printed closely: its worst elements with all digits, and the program that makes the call again',
      repeat,
    )
    .option(
      '--part <part>',
      'of these cases a part, as 1/3: it has its share of every operation, mode and type',
      partOf,
    )
    .option(
      '--vectors <path>',
      'files, or folders of files, in the vector format, beside the generated cases',
      collect,
    )
    .option(
      '--json <file>',
      'write the report as JSON; a run that is stopped writes what it has, marked partial',
    )
    .option('--junit <file>', 'write the report as JUnit XML')
    .option('--quiet', 'print the verdict only')
    .action(async (options: ConformanceOptions) => {
      done(await inItsRuntime(options, runConformanceCommand));
    });

  inBrowsers(program.command('bench'))
    .description(
      'time adapters beside their peers and beside a copy of the same bytes; wrong answers are not ranked',
    )
    .option(
      '--adapter <name>',
      'adapters, or the groups all, ours, native (repeat or use commas; default: all)',
      collect,
    )
    .option(
      '--op <op>',
      'batchNorm, layerNorm, instanceNorm, groupNorm, rmsNorm or all (default: layerNorm,batchNorm)',
      collect,
    )
    .option('--mode <mode>', 'inference, training, backward or all (default: inference)', collect)
    .option('--shape <shape>', "x's shapes, as 4096x768 (default: a ladder from one row to 134 MB)", collect)
    .option(
      '--layout <layout>',
      'channels-first or channels-last (default: both, of the same maps: --shape is then the channels-first one)',
      collect,
    )
    .option('--dtype <dtype>', 'float32, float16, float64 or all (default: float32)', collect)
    .option(
      '--residency <residency>',
      'device: the data lies where the back end keeps it; host: arrays in, arrays out (default: both)',
      collect,
    )
    .option('--rounds <number>', 'how many samples of each, where there is time (default: 25)', roundsOf)
    .option('--json <file>', 'write the report as JSON')
    .option('--markdown <file>', 'write the report as a Markdown page')
    .option('--quiet', 'print the verdict only')
    .action(async (options: BenchOptions) => {
      done(await inItsRuntime(options, runBenchCommand));
    });

  inBrowsers(program.command('adapters'))
    .description('what is available here, and why the rest is not')
    .action(async (options: AdaptersOptions) => {
      done(await inItsRuntime(options, printAdapters));
    });

  const vectors = program
    .command('vectors')
    .description("the suite's cases for a program in any language, and its verdict");

  vectors
    .command('export')
    .argument('<folder>', 'one that is empty, or not there yet')
    .description('write the cases with their truth and bounds: index.json and safetensors files')
    .action(async (folder: string) => {
      const { exportVectorsCommand } = await import('./commands/vectors');
      done(await exportVectorsCommand(folder));
    });

  vectors
    .command('judge')
    .argument('<folder>', 'the exported cases, with the results in outputs/')
    .description('grade the results that a program has put beside the cases')
    .option('--name <name>', "the program's name in the report (default: program)")
    .option('--grade <grade>', 'what every case must be: accurate, ordinary or imprecise (default: ordinary)')
    .option('--json <file>', 'write the report as JSON')
    .option('--junit <file>', 'write the report as JUnit XML')
    .option('--quiet', 'print the verdict only')
    .action(async (folder: string, options: JudgeVectorsOptions) => {
      const { judgeVectorsCommand } = await import('./commands/vectors');
      done(await judgeVectorsCommand(folder, options));
    });

  const model = program
    .command('model')
    .description('find, mend and check the normalizations in a model')
    .addHelpText('after', MODEL_EXIT_CODES);

  model
    .command('inspect')
    .argument('<file>', 'an .onnx file, or a model.json of TensorFlow.js')
    .description('the norms in a model, how they are spelt, and what can be done')
    .option(
      '--for <target>',
      'where it is to run: any; wasm or webgpu (ONNX); normlayers (TensorFlow.js with our operators)',
      targetOf,
      'any',
    )
    .option('--json <file>', 'write what was found as JSON')
    .addHelpText('after', MODEL_EXIT_CODES)
    .action(async (file: string, options: InspectCommandOptions) => {
      const { inspectCommand } = await import('./commands/model/inspect');
      done(inspectCommand(file, options));
    });

  onInputs(model.command('mend'))
    .argument('<file>', 'an .onnx file, or a model.json of TensorFlow.js')
    .description('make one operator of each chain, fold Batch Norms, verify the result and write it')
    .requiredOption(
      '--out <file>',
      "where the mended model is written, once it is verified; a .json file of TensorFlow.js's with its shards beside it",
    )
    .option(
      '--for <target>',
      "where it is to run: any; onnxruntime-web's wasm or webgpu; normlayers, which is TensorFlow.js with our operators",
      targetOf,
      'any',
    )
    .option('--json <file>', 'write what was done, and how far the outputs differ, as JSON')
    .option('--quiet', 'show no progress')
    .addHelpText('after', MODEL_EXIT_CODES)
    .action(async (file: string, options: MendCommandOptions) => {
      const { mendCommand } = await import('./commands/model/mend');
      done(await mendCommand(file, options));
    });

  inBrowsers(onInputs(model.command('check')))
    .argument('<file>', 'an .onnx file, or a model.json of TensorFlow.js')
    .description('run a model and judge every norm in it; --runtime chromium runs ONNX on WebGPU, too')
    .option('--json <file>', 'write what was found as JSON')
    .option('--quiet', 'print the verdict only')
    .addHelpText('after', MODEL_EXIT_CODES)
    .action(async (file: string, options: CheckCommandOptions) => {
      const { checkCommand } = await import('./commands/model/check');
      done(await checkCommand(file, options));
    });

  return program;
}

/** Adds what a model is run on. */
function onInputs(command: Command): Command {
  return command
    .option(
      '--input <file>',
      'an .npz with an array for each input, or an .npy where there is one (default: random)',
    )
    .option('--seed <number>', 'which random numbers (default: 1)', seedOf)
    .option(
      '--size <name=number>',
      'the size of a symbolic dimension, of TensorFlow.js by input and axis, as x:0 (repeat; default: 1)',
      namedSizes,
    );
}

/** Runs a command here, or in a Deno of its own. */
async function inItsRuntime<O extends BrowserFlags & { readonly runtime: string }>(
  options: O,
  run: (options: O) => Promise<number>,
): Promise<number> {
  if (runtimeOf(options) !== 'deno' || IN_DENO) return run(options);
  return runInDeno(options.software);
}

/** Adds where to run, and the options of browsers. */
function inBrowsers(command: Command): Command {
  return command
    .option(
      '--runtime <runtime>',
      'where to run: node, deno, chromium (Chrome, Chromium or Edge) or firefox',
      'node',
    )
    .option(
      '--browser <path>',
      "the browser's program (default: CHROME_PATH or FIREFOX_PATH, or where it is installed)",
    )
    .option('--headed', 'show the browser')
    .option('--software', 'render and compute in software (default: where this machine has no GPU)')
    .option('--no-software', 'on the GPU, also where none is seen')
    .option('--port <port>', "the page's port (default: one that is free)", portOf)
    .option(
      '--remote <url>',
      'run on WebDriver endpoints, as of a Selenium Grid (repeat or use commas)',
      collect,
    )
    .option('--remote-browser <name>', "browsers wanted of them (default: the runtime's)", collect)
    .option('--host <name>', 'this machine as a remote browser reaches it (default: 127.0.0.1)');
}
