/** Who ran where and how many wanted to, in stories whose numbers can be worked out by hand. */
import { describe, expect, test } from 'vitest';
import { story } from '../support/timeline.js';

const overcommitted = `
    0 cpu0 10 enters
    0 cpu1 20 enters
  100 cpu0 10 preempted -> 30
  150 cpu0 30 enters
  200 cpu1 20 exits hlt
  220 cpu1 20 sleeps -> 0
  300 cpu0 30 moves 10 to cpu1
  320 cpu1 0 preempted -> 10
  400 cpu1 10 wakes 20 on cpu1
  500 cpu1 10 sleeps -> 20
  600 end`;

describe('two pCPUs and three vCPUs', () => {
  const ledger = story(overcommitted);

  test('times of threads by pCPU, and moves', () => {
    const times = ledger.placement.threads.map(({ thread, pcpus, ns, moves }) => [thread, pcpus, ns, moves]);
    expect(times).toEqual([
      [10, [0, 1], [100, 180], 1],
      [20, [1], [320], 0],
      [30, [0], [500], 0],
    ]);
    expect(ledger.placement.pcpus.map(({ pcpu, idleNs, unknownNs }) => [pcpu, idleNs, unknownNs])).toEqual([
      [0, 0, 0],
      [1, 100, 0],
    ]);
  });

  test('how many wanted a pCPU: thread 30 counts from its first entry on', () => {
    // 2 until 150; then 3 until 20 sleeps at 220; 2 until 400; 3 until 500; 2 until 600.
    expect(ledger.contention.runnableNs).toEqual([0, 0, 150 + 180 + 100, 70 + 100]);
  });

  test('waiting for a pCPU, and sharing it', () => {
    // 10 waits for pCPU 0 from 100 to 300, together with 30 from 150 on; then for pCPU 1 until 320. 20 waits from 400 to 500.
    expect(ledger.contention.pcpu(0)).toMatchObject({ waitedForNs: 200, sharedNs: 150 });
    expect(ledger.contention.pcpu(1)).toMatchObject({ waitedForNs: 20 + 100, sharedNs: 100 });
  });

  test('only the interval that is asked for counts', () => {
    const part = story(overcommitted, { from: 250, to: 450 });
    expect(part.placement.thread(10)).toMatchObject({ pcpus: [0, 1], ns: [0, 130], moves: 1 });
    expect(part.contention.runnableNs).toEqual([0, 0, 150, 50]);
    expect(story(overcommitted, { from: 330 }).placement.thread(10)).toMatchObject({ moves: 0 });
  });
});

describe('lost events', () => {
  const ledger = story(`
    0 cpu0 10 enters
    0 cpu1 20 enters
  100 cpu0 10 preempted -> 50
  200 cpu0 50 preempted -> 10
  300 cpu1 lost since 250
  350 cpu1 20 exits io
  400 cpu0 10 exits io
  500 cpu0 10 preempted -> 50
  600 end`);

  test('who ran on that pCPU is unknown until a thread is seen there', () => {
    expect(ledger.placement.pcpus.map(({ unknownNs }) => unknownNs)).toEqual([0, 100]);
    expect(ledger.placement.thread(20)).toMatchObject({ pcpus: [1], ns: [250 + 250] });
  });

  test('how many wanted a pCPU is unknown until all of them were seen again', () => {
    expect(ledger.contention.unknownNs).toBe(100);
    expect(ledger.contention.runnableNs).toEqual([0, 0, 500]);
  });
});

test('a thread that turns up on another pCPU after missing switches has left its old one', () => {
  const { placement } = story(`
    0 cpu0 10 enters
   50 cpu0 10 preempted -> 60
   80 cpu0 60 preempted -> 10
  100 cpu1 10 exits io
  150 cpu1 10 enters
  200 end`);
  expect(placement.thread(10)).toMatchObject({ pcpus: [0, 1], ns: [50, 100], moves: 1 });
  expect(placement.pcpus.map(({ unknownNs }) => unknownNs)).toEqual([20 + 100, 100]);
});
