// Builds dist/: the library module by module with its types, the command bundled and its code cached, so that it starts fast,
// and the page.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { buildPage } from './build-page.mjs';
import { cacheCode } from './code-cache.mjs';

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

/** One file each: loading many takes longer. */
const bundled = (/** @type {string} */ entry, /** @type {string} */ outfile, /** @type {object} */ more = {}) =>
  build({
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    logLevel: 'warning',
    // What CommonJS has in its place.
    define: { 'import.meta.url': 'bundleUrl' },
    // The directive would be none after it.
    banner: { js: "'use strict';const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    entryPoints: [entry],
    outfile,
    ...more,
  });

rmSync('dist/cli', { recursive: true });
// Threads are started by their file names, beside the code that starts them.
await bundled('src/cli/main.ts', 'dist/cli/vmtoll.cjs');
await bundled('src/cli/start/command.ts', 'dist/cli/main.cjs');
await bundled('src/node/decoder-worker.ts', 'dist/cli/decoder.cjs');
await bundled('src/cli/start/decoder.ts', 'dist/cli/decoder-worker.cjs');
await bundled('src/cli/analysis-worker.ts', 'dist/cli/analysis-worker.cjs');
// With its source map: benchmarks say which layer takes how much of its time.
await bundled('src/node/decoder-worker.ts', 'dist/node/decoder-worker.cjs', { sourcemap: true });
// The library starts that one as well: nobody loads the module that it is made of.
for (const end of ['.js', '.js.map', '.d.ts']) rmSync(`dist/node/decoder-worker${end}`);
chmodSync('dist/cli/main.cjs', 0o755);
await cacheCode('dist/cli');

await buildPage('dist/web');
