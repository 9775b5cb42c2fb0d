import { describe, expect, test } from 'vitest';
import { debuggingLeftOn as rule } from '../../../src/findings/rules/debugging-left-on.js';
import { SVM_EXIT_CODES } from '../../../src/hypervisors/x86/svm-exit-codes.js';
import { VMX_EXIT_REASONS } from '../../../src/hypervisors/x86/vmx-exit-reasons.js';
import type { Cause } from '../../../src/recording/causes.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { known, ruleIds } from '../../support/findings.js';
import { exit, exitsEvery, explainLines } from '../../support/kernel-text.js';

const exitsFor = (cause: Cause, reason: string, detail: string | null = null) =>
  evidence({ exits: [exitRow({ cause, reason, detail, count: 1000, ledgerNs: { hypervisor: 2e7, vmm: 1e7 } })] });

/** Nobody debugs in the real recordings. */
describe('debugging-left-on', () => {
  test.each([
    ['a breakpoint is set at each switch of programs', 'write_dr7', 'DR7 write', 'breakpoints'],
    ['breakpoints are reached', 'BP excp', 'breakpoints that were reached', 'breakpoints'],
    ['watchpoints are reached', 'DB excp', '#DB debug', 'watchpoints'],
    ['the guest is stepped through', 'MONITOR_TRAP_FLAG', 'single steps', 'single-stepping'],
  ])('%s, read from text: its cost is the time of these exits', async (_name, reason, kind, remedy) => {
    const { exits, findings } = await explainLines(exitsEvery(0.1, 200, exit(reason)));
    const [first] = findings;
    expect(first.rule).toBe(rule.id);
    // 50 µs each.
    expect([first.costNs, workIn(exits)]).toEqual([10_000_000, 10_000_000]);
    expect(first.evidence).toContain(`200 exits for ${kind}`);
    expect(first.remedy).toContain(remedy);
  });

  test.each([
    ['as often another register is written', 'write_cr4', 200],
    ['debug registers are used at the start only', 'write_dr7', 19],
  ])('is silent where %s', async (_name, reason, count) => {
    const { exits, findings } = await explainLines(exitsEvery(0.1, count, exit(reason)));
    expect(workIn(exits)).toBe(count * 50_000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  // Intel SDM and AMD APM: accesses of debug registers, #DB, INT3, ICEBP, the monitor trap flag.
  const rows = [
    ...VMX_EXIT_REASONS.filter(([code]) => [29, 37].includes(code)),
    ...SVM_EXIT_CODES.filter(([code]) => (code >= 0x20 && code < 0x40) || [0x41, 0x43, 0x88].includes(code)),
  ].map(([code, name, cause]) => ({ code, name, cause }));
  test.each(rows)('$code $name: all of it can go', ({ name, cause }) => {
    const [finding] = rule.find(exitsFor(cause, name), []);
    expect([finding.costNs, finding.gain.likelyNs]).toEqual([3e7, 3e7]);
  });

  test.each([
    ['OSLAR_EL1 write (inferred)', 'register'],
    ['MDSCR_EL1 write (inferred)', 'register'],
    ['DBGBVR0_EL1 write (inferred)', 'register'],
  ] as const)('%s', (detail, cause) => {
    expect(rule.find(exitsFor(cause, 'SYS64', detail), [])).toHaveLength(1);
  });

  test('a guest that is stepped through is told apart from breakpoints', () => {
    expect(rule.find(exitsFor('debug', 'MONITOR_TRAP_FLAG'), [])[0].remedy).toContain('single-stepping');
    expect(rule.find(exitsFor('debug', 'DR_ACCESS', 'DR7 write'), [])[0].remedy).toContain('breakpoints');
  });

  test('is silent for other registers', () => {
    expect(rule.find(exitsFor('register', 'SYS64', 'MIDR_EL1 read (inferred)'), [])).toEqual([]);
    // The QNX manual names reads of the lock of the debug unit among the exits of guests that nobody debugs.
    expect(rule.find(exitsFor('register', 'SYS64', 'OSLSR_EL1 read (inferred)'), [])).toEqual([]);
  });

  for (const name of ['m-mixed', 'e-timer'])
    known(name, 'trace.dat', 'is silent', (_explanation, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    });
});
