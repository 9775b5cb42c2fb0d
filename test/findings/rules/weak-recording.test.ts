import { describe, expect, test } from 'vitest';
import { weakRecording as rule } from '../../../src/findings/rules/weak-recording.js';
import { evidence } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { explanationOfXen, xenRecording } from '../../support/xen-recordings.js';

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

  known('l3-lost-events', 'trace.dat', 'says once what was lost, and what to do against it', (_, findings) => {
    const { evidence: seen, remedy } = findingOf(findings, rule.id)!;
    expect(seen.match(/lost/g)).toHaveLength(1);
    expect(remedy.match(/larger buffers/g)).toHaveLength(1);
  });

  test('what hides most is told before lines of text that are none of the recorder', () => {
    const issue = (code: string, message: string, hint?: string) =>
      ({ code, severity: 'warning', message, ...(hint === undefined ? {} : { hint }) }) as const;
    const issues = [
      ...['"Terminated"', '"^C"'].map((line) => issue('line-not-understood', `A line is not understood: ${line}`)),
      issue('no-interrupts', 'Handlers were not recorded', 'Record them'),
      issue('lost-events', 'Events were lost', 'Use larger buffers'),
    ];
    const { quality } = evidence();
    const [finding] = rule.find(evidence({ quality: { ...quality, issues } }), []);
    expect(finding.evidence).toBe(
      'Events were lost. Handlers were not recorded. A line is not understood: "Terminated".',
    );
    expect(finding.remedy).toBe('Use larger buffers. Record them.');
    expect(finding.title).toContain('3 concerns');
  });

  known('b1-uart-flood', 'trace.dat', 'is silent on a complete recording', ({ quality }, findings) => {
    expect(quality.grade).toBe('A');
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test.each(['pv-cpu', 'armpvh-overcommit'])('%s: where Xen writes down no more it asks for no more', async (name) => {
    const { findings, quality } = await explanationOfXen(xenRecording(name)!);
    const { remedy, risk, verify } = findingOf(findings, rule.id)!;
    expect(remedy).toMatch(/^Nothing more can be recorded/);
    expect(`${risk} ${verify}`).not.toMatch(/More events|rises/);
    expect(verify).toContain(`stays ${quality.grade}`);
  });

  test('a short recording with few exits', () => {
    const short = evidence();
    const recording = { ...short.recording, durationNs: 2e8 };
    expect(rule.find({ ...short, recording }, [])[0].title).toContain('only 0 exits in 200 ms');
  });
});
