/** Halts of real recordings against the kernel's own counters over the same interval. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { traceDat } from '../../../src/formats/trace-dat/index.js';
import { kvm } from '../../../src/hypervisors/kvm/index.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { openFile } from '../../../src/node/file-source.js';
import { EVENTS_PER_RECORD, EventBatch, EventKind } from '../../../src/recording/event-batch.js';
import { BATCH_ROWS } from '../../../src/recording/record-batch.js';
import { type Scenario, scenariosWith } from '../../support/recordings.js';

interface Halt {
  readonly ns: number;
  readonly slept: boolean;
  readonly limit: number;
}

/** For recordings that count cycles without saying how fast: what is counted here does not depend on it. */
const CYCLES_PER_SECOND = 1e9;

async function halts(path: string): Promise<Halt[]> {
  const source = openFile(path);
  if (!source.ok) throw new Error(source.issue.message);
  try {
    const opened = await traceDat.open(source.value, {
      catalog: kvm.catalog,
      codecs: nodeCodecs,
      clockHz: CYCLES_PER_SECOND,
    });
    if (!opened.ok) throw new Error(opened.issue.message);
    const translator = kvm.createTranslator(opened.value);
    const events = new EventBatch(BATCH_ROWS * EVENTS_PER_RECORD);
    const found: Halt[] = [];
    for await (const batch of opened.value.batches()) {
      events.count = 0;
      translator.translate(batch, events);
      for (let row = 0; row < events.count; row++) {
        const { kind, a, b, c } = events.event(row);
        if (kind === EventKind.HaltEnd) found.push({ ns: a, slept: b === 1, limit: c });
      }
    }
    return found;
  } finally {
    source.value.close();
  }
}

/** A global counter of KVM; counters that did not move are left out of the file. */
function counter(path: string, name: string): number {
  return Number(new RegExp(`^\\./${name} (\\d+)$`, 'm').exec(readFileSync(path, 'utf8'))?.[1] ?? 0);
}

/** l2 and l3 lost events. */
const complete = (scenario: Scenario): boolean =>
  scenario.file('kvm-debugfs.delta') !== undefined && !/\/l\d[^/]*$/.test(scenario.folder);

const scenarios = scenariosWith('trace.dat').filter(complete);

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_name, scenario) => {
  let all: Halt[] = [];
  const counters = scenario.file('kvm-debugfs.delta') as string;
  beforeAll(async () => {
    all = await halts(scenario.file('trace.dat') as string);
  }, 60_000);

  it('no halt slept for less than it had to poll', () => {
    expect(all.filter(({ ns, slept, limit }) => slept && ns < limit)).toEqual([]);
  });

  it('polled as often, and as often with success, as the kernel counted', () => {
    const polled = all.filter(({ limit }) => limit > 0);
    expect(polled).toHaveLength(counter(counters, 'halt_attempted_poll'));
    expect(polled.filter(({ slept }) => !slept)).toHaveLength(counter(counters, 'halt_successful_poll'));
  });
});
