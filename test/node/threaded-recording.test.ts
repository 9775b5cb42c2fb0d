/** A recording that is decoded, and translated, in another thread says the same as one that is read here. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import type * as explaining from '../../src/explain/explain.js';
import { explain } from '../../src/explain/explain.js';
import { detectFormat, openRecording } from '../../src/formats/open.js';
import type * as registry from '../../src/hypervisors/registry.js';
import { hypervisorOf } from '../../src/hypervisors/registry.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import type * as threads from '../../src/node/threaded-recording.js';
import { FIELD_SLOTS, LOSS_RECORD } from '../../src/recording/record-batch.js';
import type { Recording } from '../../src/recording/recording.js';
import { serialConsolePlan } from '../../src/simulation/qnx/demo-plans.js';
import { simulate } from '../../src/simulation/qnx/simulate.js';
import { kevBytes } from '../../src/simulation/qnx/writers/kev.js';
import { scenario } from '../support/recordings.js';
import { xenRecordings } from '../support/xen-recordings.js';

/** As built: a thread is started by the name of its file, which sources have not. */
const built = async <Module>(module: string): Promise<Module> =>
  (await import(resolve(import.meta.dirname, '../../dist', module))) as Module;
const { openInThread } = await built<typeof threads>('node/threaded-recording.js');
const { explain: explainBuilt } = await built<typeof explaining>('explain/explain.js');
const { hypervisorOf: hypervisorBuilt } = await built<typeof registry>('hypervisors/registry.js');

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Sample {
  readonly path: string;
  readonly clockHz?: number;
}

function recorded(name: string, file: string, hypervisor = 'kvm-x86'): Sample {
  const path = scenario(name, file, hypervisor)?.file(file);
  if (path === undefined) throw new Error(`no ${file} of ${name}`);
  return { path };
}

function simulated(): Sample {
  const path = join(folder, 'trace.kev');
  writeFileSync(path, kevBytes(simulate(serialConsolePlan()).trace));
  return { path };
}

function ofXen(): Sample {
  const [{ path, hz }] = xenRecordings();
  return { path, clockHz: hz };
}

async function openHere({ path, clockHz }: Sample): Promise<Recording> {
  const source = new MemorySource(readFileSync(path), path);
  const format = await detectFormat(source);
  if (!format.ok) throw new Error(format.issue.message);
  const { catalog } = hypervisorOf(format.value.id);
  const opened = await openRecording(source, { catalog, codecs: nodeCodecs, ...(clockHz && { clockHz }) });
  if (!opened.ok) throw new Error(opened.issue.message);
  return opened.value;
}

async function openThere({ path, clockHz }: Sample, format: string) {
  const { catalog } = hypervisorOf(format);
  const opened = await openInThread(path, { catalog, ...(clockHz && { clockHz }) });
  if (!opened.ok) throw new Error(opened.issue.message);
  return opened.value;
}

/** What every used number of every record comes to: slots without a field hold anything. */
async function digestOf(recording: Recording): Promise<string> {
  const slots = new Map(
    hypervisorOf(recording.format).catalog.map(({ kind, fields }) => [
      kind,
      fields.reduce((sum, { type }) => sum + (type === 'u64' ? 2 : 1), 0),
    ]),
  );
  slots.set(LOSS_RECORD, 2);
  const hash = createHash('sha256');
  for await (const { count, time, pcpu, thread, kind, fields } of recording.batches()) {
    const used = fields.slice(0, count * FIELD_SLOTS);
    for (let row = 0; row < count; row++) {
      used.fill(0, row * FIELD_SLOTS + (slots.get(kind[row]) ?? 0), (row + 1) * FIELD_SLOTS);
    }
    for (const column of [time, pcpu, thread, kind]) hash.update(Float64Array.from(column.subarray(0, count)));
    hash.update(used);
  }
  return hash.digest('hex');
}

const SAMPLES: readonly (readonly [name: string, sample: () => Sample])[] = [
  ['trace.dat', () => recorded('m-mixed', 'trace.dat')],
  ['trace.dat with lost events', () => recorded('l3-lost-events', 'trace.dat')],
  ['perf.data', () => recorded('m-mixed', 'perf.data')],
  ['trace.dat of an ARM host', () => recorded('x-idle', 'trace.dat', 'kvm-arm64')],
  ['.kev', simulated],
  ['xentrace', ofXen],
];

describe.each(SAMPLES)('%s', (_, sampleOf) => {
  test('events: the Explanation is the same', async () => {
    const sample = sampleOf();
    const here = await openHere(sample);
    const expected = await explain(here, hypervisorOf(here.format));
    const there = await openThere(sample, here.format);
    const found = await explainBuilt(there.recording, hypervisorBuilt(here.format));
    there.close();
    expect(expected.ok).toBe(true);
    expect(found).toEqual(expected);
  });

  test('records: their numbers, and what is said of them, are the same', async () => {
    const sample = sampleOf();
    const here = await openHere(sample);
    const expected = await digestOf(here);
    const there = await openThere(sample, here.format);
    const { recording } = there;
    const found = await digestOf(recording);
    there.close();
    expect(found).toBe(expected);
    expect(recording.totals).toEqual(here.totals);
    expect(recording.issues.list()).toEqual(here.issues.list());
    expect(recording.threads.entries()).toEqual(here.threads.entries());
    expect(recording.interruptNames?.entries() ?? []).toEqual(here.interruptNames?.entries() ?? []);
  });
});

test('a file that cannot be opened is an issue', async () => {
  const opened = await openInThread(join(folder, 'none.dat'), { catalog: [] });
  expect(opened.ok ? undefined : opened.issue.severity).toBe('error');
});
