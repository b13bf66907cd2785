import { defineConfig } from 'vitest/config';

// Of two cores vitest would use one. Half of the tests' time is waiting for browsers: 613 s with one worker here.
export default defineConfig({ test: { projects: ['packages/*'], maxWorkers: 2 } });
