// Builds dist/: the library module by module with its types, the command bundled, so that it starts fast, and the page.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { buildPage } from './build-page.mjs';

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

rmSync('dist/cli', { recursive: true });
await build({
  // Threads are started by their file names, beside the command.
  entryPoints: {
    main: 'src/cli/main.ts',
    'decoder-worker': 'src/node/decoder-worker.ts',
    'analysis-worker': 'src/cli/analysis-worker.ts',
  },
  outdir: 'dist/cli',
  bundle: true,
  minify: true,
  splitting: true,
  // Beside the command: paths to other files are relative to the module that asks.
  chunkNames: 'part-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  logLevel: 'warning',
  // commander is CommonJS and asks for Node's modules with require.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
});
chmodSync('dist/cli/main.js', 0o755);

await buildPage('dist/web');
