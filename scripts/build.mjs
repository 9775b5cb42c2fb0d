// Builds dist/: the library module by module with its types, the command bundled, so that it starts fast, and the page.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { buildPage } from './build-page.mjs';

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

rmSync('dist/cli', { recursive: true });
const COMMON = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  logLevel: 'warning',
};
await build({
  ...COMMON,
  // Threads are started by their file names, beside the command.
  entryPoints: { main: 'src/cli/main.ts', 'analysis-worker': 'src/cli/analysis-worker.ts' },
  outdir: 'dist/cli',
  splitting: true,
  // Beside the command: paths to other files are relative to the module that asks.
  chunkNames: 'part-[hash]',
  format: 'esm',
  // commander is CommonJS and asks for Node's modules with require.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
});
// Everything else waits for the first events: one file in the older form is loaded in half the time of ten in the newer one.
const DECODER = 'decoder-worker.cjs';
await build({
  ...COMMON,
  entryPoints: ['src/node/decoder-worker.ts'],
  outfile: `dist/node/${DECODER}`,
  format: 'cjs',
});
// The library starts this one as well: nobody loads the module that it is made of.
for (const end of ['.js', '.js.map', '.d.ts']) rmSync(`dist/node/decoder-worker${end}`);
for (const file of [DECODER, `${DECODER}.map`]) copyFileSync(`dist/node/${file}`, `dist/cli/${file}`);
chmodSync('dist/cli/main.js', 0o755);

await buildPage('dist/web');
