import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
    // One process a CPU, not one less: those that wait for other programs leave theirs to the next.
    maxWorkers: availableParallelism(),
    // All files of a worker share its modules: what is loaded, compiled and explained once serves them all.
    isolate: false,
    // Room for a machine that has other things to do as well.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    env: { TZ: 'UTC', LC_ALL: 'C', NO_COLOR: '1' },
  },
});
