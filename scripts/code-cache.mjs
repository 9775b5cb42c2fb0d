// Keeps beside the bundles of the command what V8 compiles of them when they explain the recording that comes with it. See
// docs/decisions/code-cache.md.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

const RECORDING = 'demo/trace.dat';

/** @param {string} folder where vmtoll.cjs and decoder.cjs are, and where vmtoll.cache and decoder.cache go */
export async function cacheCode(folder) {
  const temporary = mkdtempSync(join(tmpdir(), 'vmtoll-build-'));
  try {
    const runner = join(temporary, 'runner.cjs');
    const entryPoints = [join(import.meta.dirname, 'code-cache-runner.ts')];
    await build({ entryPoints, outfile: runner, bundle: true, platform: 'node', format: 'cjs', logLevel: 'warning' });
    cacheCommand(runner, join(folder, 'vmtoll'));
    await cacheDecoder(runner, join(folder, 'decoder'));
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

function cacheCommand(/** @type {string} */ runner, /** @type {string} */ bundle) {
  const { status, stderr } = spawnSync(process.execPath, [runner, bundle, 'explain', RECORDING], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the command cannot explain ${RECORDING}:\n${stderr}`);
}

async function cacheDecoder(/** @type {string} */ runner, /** @type {string} */ bundle) {
  const { createEventRing } = await import('../dist/node/shared-batches.js');
  const thread = new Worker(runner, { argv: [bundle], workerData: {} });
  thread.postMessage({ path: RECORDING });
  await reported(thread, 'opened');
  // The ring has room for all of it: nobody needs to empty it.
  thread.postMessage({ kind: 'events', ring: createEventRing(), hypervisor: 'kvm', told: {} });
  await reported(thread, 'ended');
  await once(thread, 'exit');
}

/** Waits for a message of this kind. */
async function reported(/** @type {Worker} */ thread, /** @type {string} */ kind) {
  for (;;) {
    const [message] = await once(thread, 'message');
    if (message.kind === 'failed') throw new Error(`${RECORDING}: ${message.issue.message}`);
    if (message.kind === kind) return;
  }
}
