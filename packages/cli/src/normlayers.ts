#!/usr/bin/env node
import { runNormlayers } from './program';

// A reader that has seen enough (`| head`) is no failure: the run goes on, to its files and its exit code.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runNormlayers(process.argv.slice(2));
