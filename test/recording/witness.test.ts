/** Whether two recordings can be of one host at one time: hosts are made up, recorders see all or a part of what happens. */
import { describe, expect, test } from 'vitest';
import { LOSS_RECORD, RecordBatch } from '../../src/recording/record-batch.js';
import { Witness } from '../../src/recording/witness.js';
import { type RandomSource, randomSource } from '../support/random-source.js';

const SWITCH = 1;
const EXIT = 2;

interface Happening {
  readonly time: number;
  readonly pcpu: number;
  readonly thread: number;
  readonly kind: number;
}

/** Two pCPUs with switches and exits, ns apart as on a slow host. The record of a switch has the thread that stops. */
function host(seed: number, events = 3000): Happening[] {
  const random: RandomSource = randomSource(seed);
  const running = [100, 200];
  const happenings: Happening[] = [];
  let time = 0;
  for (let event = 0; event < events; event++) {
    time += 100_000 + random.below(2_000_000);
    const pcpu = random.below(2);
    const kind = random.chance(0.4) ? SWITCH : EXIT;
    happenings.push({ time, pcpu, thread: running[pcpu], kind });
    if (kind === SWITCH) running[pcpu] = 100 + random.below(50);
  }
  return happenings;
}

function recorded(happenings: readonly Happening[], kinds: readonly number[], lateNs = 0): Witness {
  const witness = new Witness();
  const batch = new RecordBatch();
  for (const { time, pcpu, thread, kind } of happenings) {
    if (!kinds.includes(kind)) continue;
    const row = batch.count++;
    batch.time[row] = time + lateNs;
    batch.pcpu[row] = pcpu;
    batch.thread[row] = thread;
    batch.kind[row] = kind;
    if (batch.full) {
      witness.add(batch);
      batch.count = 0;
    }
  }
  witness.add(batch);
  return witness;
}

const ALL = [SWITCH, EXIT];
const SWITCHES = [SWITCH];
const EXITS = [EXIT];

describe('of one host', () => {
  const happenings = host(1);
  test.each([
    ['all and all, 25 µs later', recorded(happenings, ALL), recorded(happenings, ALL, 25_000), true],
    ['switches and exits', recorded(happenings, SWITCHES), recorded(happenings, EXITS), true],
    ['exits and switches', recorded(happenings, EXITS), recorded(happenings, SWITCHES), false],
    ['all, and all of another time', recorded(happenings, ALL), recorded(happenings, ALL, 1e13), true],
  ])('%s', (_what, one, other, seesSwitches) => {
    expect(one.contradicts(other, 0, seesSwitches)).toBe(false);
  });

  test('with other origins', () => {
    expect(recorded(happenings, ALL).contradicts(recorded(happenings, ALL, -5e6), 5e6, true)).toBe(false);
    expect(recorded(happenings, ALL).contradicts(recorded(happenings, ALL, -5e6), 0, true)).toBe(true);
  });
});

describe('of two hosts', () => {
  test.each([
    ['all and all', ALL, ALL],
    ['switches and exits: threads differ', SWITCHES, EXITS],
    ['exits and exits: one has none where the other has some', EXITS, EXITS],
  ])('%s', (_what, kinds, others) => {
    const [one, other] = [recorded(host(2), kinds), recorded(host(3), others)];
    expect(one.contradicts(other, 0, kinds.includes(SWITCH))).toBe(true);
  });

  test('a few events tell nothing', () => {
    expect(recorded(host(2, 20), ALL).contradicts(recorded(host(3, 20), ALL), 0, true)).toBe(false);
  });
});

test('what was lost is not taken for silence', () => {
  const lossy = new Witness();
  const batch = new RecordBatch();
  const happenings = host(4);
  for (const { time, pcpu, thread, kind } of happenings.filter((_, index) => index % 10 === 0)) {
    for (const lost of [true, false]) {
      const row = batch.count++;
      batch.time[row] = time;
      batch.pcpu[row] = pcpu;
      batch.thread[row] = thread;
      batch.kind[row] = lost ? LOSS_RECORD : kind;
    }
  }
  lossy.add(batch);
  expect(lossy.contradicts(recorded(happenings, ALL), 0, true)).toBe(false);
});
