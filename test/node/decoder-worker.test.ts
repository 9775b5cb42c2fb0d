/** The decoding thread as it is built, of the command and of the library: what it opens before its task is there. */
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { kvm } from '../../src/hypervisors/kvm/index.js';
import type { DecoderMessage, DecoderTask } from '../../src/node/decoder-messages.js';
import { createMeter } from '../../src/node/read-meter.js';
import { createEventRing } from '../../src/node/shared-batches.js';
import { scenario } from '../support/recordings.js';

const DIST = resolve(import.meta.dirname, '../../dist');
const recording = scenario('m-mixed', 'trace.dat')!.file('trace.dat')!;
const other = resolve('demo/trace.dat');

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-decoder-'));
afterAll(() => rmSync(folder, { recursive: true }));
const notThere = join(folder, 'none.dat');
const text = join(folder, 'trace.txt');
writeFileSync(text, 'not a recording\n');

function withoutCaches(): string {
  const copy = join(folder, 'cli');
  cpSync(join(DIST, 'cli'), copy, { recursive: true, filter: (path) => !path.endsWith('.cache') });
  return join(copy, 'decoder-worker.cjs');
}

/** What comes of a task: how the opening ended, and how many events were decoded. */
async function worked(file: string, foretold: string | undefined, task: DecoderTask) {
  const thread = new Worker(file, { workerData: { foretold } });
  const next = async () => ((await once(thread, 'message')) as [DecoderMessage])[0];
  try {
    thread.postMessage(task);
    const first = await next();
    if (first.kind !== 'opened') return first;
    thread.postMessage({ kind: 'events', ring: createEventRing(), hypervisor: 'kvm', told: {} });
    for (;;) {
      const message = await next();
      if (message.kind === 'ended') return { head: first.head, events: message.tail.totals.events };
    }
  } finally {
    await thread.terminate();
  }
}

describe.each([
  ['of the command', join(DIST, 'cli/decoder-worker.cjs')],
  ['of the command, without its caches', withoutCaches()],
  ['of the library', join(DIST, 'node/decoder-worker.cjs')],
])('%s', (_, file) => {
  test.each([
    ['nothing', undefined],
    ['its file', recording],
    ['another one', other],
    ['one that is not there', notThere],
    ['a folder', folder],
    ['a text', text],
  ])('foretold %s, it does its task', async (_name, foretold) => {
    const expected = await worked(file, undefined, { path: recording, catalog: kvm.catalog });
    expect(expected).toMatchObject({ head: { format: 'trace-dat' } });
    expect(await worked(file, foretold, { path: recording })).toEqual(expected);
  });

  test('foretold its file, it does what the task asks for beside that', async () => {
    expect(await worked(file, recording, { path: recording, catalog: [] })).toEqual(
      await worked(file, undefined, { path: recording, catalog: [] }),
    );
    expect(await worked(file, recording, { path: recording, clockHz: 1e9 })).toEqual(
      await worked(file, undefined, { path: recording, clockHz: 1e9 }),
    );
  });

  test('what was read before its task counts as read', async () => {
    const [foretold, alone] = [createMeter(), createMeter()];
    await worked(file, recording, { path: recording, meter: foretold });
    await worked(file, undefined, { path: recording, meter: alone });
    expect([...foretold]).toEqual([...alone]);
  });

  test('foretold what cannot be opened, it says so when that is its task', async () => {
    for (const path of [notThere, folder, text]) {
      const outcome = await worked(file, path, { path });
      expect(outcome).toEqual(await worked(file, undefined, { path }));
      expect(outcome).toMatchObject({ kind: 'failed', issue: { severity: 'error' } });
    }
  });
});
