/** A finding that the other side could not show, for want of what was not recorded there, is neither gone nor new. */
import { describe, expect, test } from 'vitest';
import { difference } from '../../src/differences/compare.js';
import type { FindingChanges, Side, Untellable } from '../../src/differences/difference.js';
import { differenceText } from '../../src/report/text/difference.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { sideOf } from '../support/sides.js';
import { xenRecording } from '../support/xen-recordings.js';

const xen = (name: string): Promise<Side> => sideOf(xenRecording(name)!.path);
const kvm = (name: string, file = 'trace.dat'): Promise<Side> => sideOf(pathIn(scenario(name, file), file));

const reasons = (some: readonly Untellable[]) => some.map(({ finding, notRecorded }) => [finding.rule, notRecorded]);
const rules = ({ gone, appeared }: FindingChanges) => [...gone, ...appeared].map(({ rule }) => rule);

describe('where nobody knows how long exits took (PV guests of Xen)', () => {
  test('timers are not gone: the PV guest set its own as often', async () => {
    const [pvh, pv] = [await xen('pvh-cpu'), await xen('pv-cpu')];
    // The finding's number, and the hypercalls with which PV guests set timers, per second.
    const outcome = difference(pvh, pv);
    const { finding, notRecorded } = outcome.findings.cannotTellAfter.find(
      (one) => one.finding.rule === 'guest-timers',
    )!;
    const set = Number(/set its timer ([\d,]+) times/.exec(finding.title)![1].replaceAll(',', ''));
    const hypercalls = pv.explanation.exits.filter(({ detail }) => detail?.includes('set_singleshot_timer'));
    const calls = hypercalls.reduce((sum, { count }) => sum + count, 0);
    const perSecond = ({ explanation }: Side, count: number) => count / (explanation.recording.durationNs / 1e9);
    expect(perSecond(pv, calls) / perSecond(pvh, set)).toBeCloseTo(1, 1);
    expect(notRecorded).toEqual(['lengths of exits']);
    expect(rules(outcome.findings)).toEqual(['weak-recording']);
    expect(differenceText(outcome, { width: 300 })).toMatch(
      /\n {2}cannot be told after: vm1 set its timer .*\(after: how long exits took was not recorded\)\n/,
    );
  });

  test('nor new, the other way round', async () => {
    const { findings } = difference(await xen('pv-cpu'), await xen('pvh-cpu'));
    expect(rules(findings)).toEqual(['weak-recording']);
    expect(reasons(findings.cannotTellBefore)).toContainEqual(['guest-timers', ['lengths of exits']]);
    expect(findings.cannotTellAfter).toEqual([]);
  });
});

test('without exits their lengths and the worst stalls cannot be told, and the scheduler can', async () => {
  const [all, scheduler] = [await xen('pvh-overcommit'), await xen('pvh-overcommit-schedonly')];
  const outcome = difference(all, scheduler);
  expect(scheduler.explanation.totals.exits).toBe(0);
  expect(outcome.findings.gone).toEqual([]);
  const lacking = reasons(outcome.findings.cannotTellAfter);
  expect(lacking).toEqual(
    expect.arrayContaining([
      ['exit-latency', ['exits']],
      ['worst-stall', ['exits']],
    ]),
  );
  expect(lacking.filter(([, what]) => JSON.stringify(what) !== '["exits"]')).toEqual([]);
  expect(outcome.findings.stayed.map(({ rule }) => rule)).toContain('vcpus-outnumber-pcpus');
  expect(differenceText(outcome, { width: 300 })).toMatch(
    /cannot be told after: Exits take .*\(after: exits were not recorded\)\n/,
  );
});

test('of a machine that is not there nothing can be told', async () => {
  const { findings } = difference(await xen('pvh-overcommit'), await xen('pvh-cpu'));
  const other = findings.cannotTellAfter.filter(({ finding }) => finding.machine === 'vm2');
  expect(other.length).toBeGreaterThan(0);
  for (const { notRecorded } of other) expect(notRecorded).toEqual(['machine']);
  expect(findings.gone.map(({ machine }) => machine)).not.toContain('vm2');
});

describe('one run, of which one recorder wrote down only the events of KVM', () => {
  test('what went to the VMM cannot be told, and exits whose details were not recorded are the same ones', async () => {
    const [all, exitsAlone] = [await kvm('m-mixed'), await kvm('m-mixed', 'perf-kvm.data')];
    const there = difference(all, exitsAlone).findings;
    const back = difference(exitsAlone, all).findings;
    expect(rules(there)).toEqual(['weak-recording']);
    expect(rules(back)).toEqual(['weak-recording']);
    for (const some of [there.cannotTellAfter, back.cannotTellBefore])
      expect(reasons(some)).toContainEqual(['exits-to-the-vmm', ['vmm']]);
  });

  test('a finding about one detail cannot be told without details', async () => {
    const { findings } = difference(await kvm('l2-tsc-clock-perf-z'), await kvm('m-mixed', 'perf-kvm.data'));
    expect(reasons(findings.cannotTellAfter)).toContainEqual(['register-polling', ['details of exits']]);
  });
});

test('where both sides recorded the same, gone is gone', async () => {
  const { findings } = difference(await kvm('b1-uart-flood'), await kvm('n-timer-nopoll'));
  expect([findings.cannotTellAfter, findings.cannotTellBefore]).toEqual([[], []]);
  expect(findings.gone.map(({ rule }) => rule)).toContain('emulated-device');
});
