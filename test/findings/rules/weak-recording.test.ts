import { describe, expect, test } from 'vitest';
import { weakRecording as rule } from '../../../src/findings/rules/weak-recording.js';
import { evidence } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';

describe('weak-recording', () => {
  known('l3-lost-events', 'trace.dat', 'counts what the recorder lost', ({ totals }, findings) => {
    const finding = findingOf(findings, rule.id)!;
    expect(finding.title).toContain('182 lost events');
    expect(finding.costNs).toBe(totals.ledgerNs.unknown);
    expect(finding.gain.likelyNs).toBe(0);
  });

  known('m-mixed', 'perf-kvm.data', 'says that scheduler events are missing, and how to record them', (_, findings) => {
    const finding = findingOf(findings, rule.id)!;
    expect(finding.title).toContain('no scheduler events');
    expect(finding.remedy).toContain('sched:');
  });

  for (const folder of ['i1-overcommit-unpinned', 'i2-overcommit-pinned', 'i3-overcommit-one-pcpu']) {
    known(folder, 'perf-kvm.data', 'comes first where no gain can be told without the scheduler', (_, findings) => {
      expect(findings[0].rule).toBe(rule.id);
      expect(findings[0].remedy).toMatch(/^Record scheduler events: -e sched:sched_switch\./);
      const stall = findingOf(findings, 'worst-stall');
      if (stall !== undefined) expect(stall.remedy).toContain("Record the scheduler's events");
    });
  }

  known('b1-uart-flood', 'trace.dat', 'is silent on a complete recording', ({ quality }, findings) => {
    expect(quality.grade).toBe('A');
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('a short recording with few exits', () => {
    const short = evidence();
    const recording = { ...short.recording, durationNs: 2e8 };
    expect(rule.find({ ...short, recording }, [])[0].title).toContain('only 0 exits in 200 ms');
  });
});
