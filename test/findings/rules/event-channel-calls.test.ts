import { describe, expect, test } from 'vitest';
import { eventChannelCalls as rule } from '../../../src/findings/rules/event-channel-calls.js';
import { workIn } from '../../support/explained.js';
import { findingOf, ruleIds } from '../../support/findings.js';
import { explainXenRecords, explanationOfXen, xenRecording } from '../../support/xen-recordings.js';
import { type AuthoredRecord, change, record, State, vmentry, vmexit } from '../../support/xentrace-author.js';

const { running, runnable } = State;
const START = 1_000_000;
/** Exit code of SVM; numbers of hypercalls: xen/include/public/xen.h. */
const VMMCALL = 0x81;
const [EVENT_CHANNEL_OP, VCPU_OP] = [32, 24];
const hypercall = (number: number): AuthoredRecord => record(undefined, 0x82012, number);

/** Once in 100 µs domain 1 makes this hypercall, which takes 20 µs. */
const calling = (count: number, number: number): AuthoredRecord[] => [
  change(START, 1, 0, runnable, running),
  vmentry(START),
  ...Array.from({ length: count }, (_, n) => {
    const at = START + (n + 1) * 100_000;
    return [vmexit(at, VMMCALL), hypercall(number), vmentry(at + 20_000)];
  }).flat(),
];

describe('event-channel-calls', () => {
  test('a written recording: its cost is the time of these calls', async () => {
    const { exits, findings } = await explainXenRecords([calling(200, EVENT_CHANNEL_OP)]);
    const [first] = findings;
    expect(first.rule).toBe(rule.id);
    expect(first.title).toContain('200 times');
    expect([first.costNs, workIn(exits)]).toEqual([4_000_000, 4_000_000]);
    expect(first.gain.likelyNs).toBe(2_000_000);
  });

  test.each([
    ['calls are others', 200, VCPU_OP],
    ['calls are few', 90, EVENT_CHANNEL_OP],
  ])('is silent where %s', async (_name, count, number) => {
    const { exits, findings } = await explainXenRecords([calling(count, number)]);
    expect(workIn(exits)).toBe(count * 20_000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('a real flood of them, credit-flood-lossy: what the ledger has of the calls', async () => {
    const { exits, findings } = await explanationOfXen(xenRecording('credit-flood-lossy')!);
    const rows = exits.filter(({ detail }) => detail?.includes('event_channel_op') === true);
    const found = findingOf(findings, rule.id);
    expect(found?.costNs).toBe(workIn(rows));
    expect(found?.title).toContain(`${rows.reduce((sum, { count }) => sum + count, 0).toLocaleString('en-US')} times`);
  });

  test.each(['pvh-timer', 'pvh-cpu', 'hvm-idle'])('%s: is silent where the guest uses no device', async (name) => {
    expect(ruleIds((await explanationOfXen(xenRecording(name)!)).findings)).not.toContain(rule.id);
  });
});
