import { describe, expect, test } from 'vitest';
import { firstTouchFaults as rule } from '../../../src/findings/rules/first-touch-faults.js';
import { configurationOf } from '../../support/configurations.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { known, ruleIds } from '../../support/findings.js';
import { hostOf } from '../../support/host-facts.js';
import { exit, exitsEvery, explainLines } from '../../support/kernel-text.js';
import { scenario } from '../../support/recordings.js';
import { kvmCounters } from '../../support/witnesses.js';

const faults = (count: number, p50Ns: number, detail = 'memory write fault, page not mapped') =>
  exitRow({
    cause: 'page-fault',
    reason: 'npf',
    detail,
    count,
    timed: count,
    p50Ns,
    ledgerNs: { hypervisor: count * p50Ns, wakeup: 1e6 },
  });
/** Exits that the kernel answers, at 1 µs. */
const cpuid = exitRow({ cause: 'cpuid', reason: 'cpuid', count: 100, timed: 100, p50Ns: 1000 });

/** Error codes of SVM: writes, while translating a guest physical address, to a page that is not there, and to one that is. */
const [MISSING_PAGE, PROTECTED_PAGE] = [0x1_0000_0006, 0x1_0000_0007];
/** 200 faults of 50 µs each. */
const faulting = (errorCode: number) => explainLines(exitsEvery(0.1, 200, exit('npf', errorCode, 0x1234000)));

describe('first-touch-faults', () => {
  test('pages that are missing, read from text: its cost is the time of the faults', async () => {
    const { exits, findings } = await faulting(MISSING_PAGE);
    expect(findings[0].rule).toBe(rule.id);
    expect(findings[0].title).toContain('200 times');
    expect([findings[0].costNs, workIn(exits)]).toEqual([10_000_000, 10_000_000]);
  });

  test('is silent where the same faults are at pages that are protected', async () => {
    const { exits, findings } = await faulting(PROTECTED_PAGE);
    expect(workIn(exits)).toBe(10_000_000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  known(
    'g2-first-touch-4k',
    'trace.dat',
    'without huge pages they come first, and the pages are small',
    (_, findings) => {
      const [first] = findings;
      const kvm = kvmCounters(scenario('g2-first-touch-4k', 'trace.dat')!);
      expect(first.rule).toBe(rule.id);
      // KVM counted the faults, and mapped as many pages of 4 KiB.
      expect(kvm.all('pages_4k')).toBe(kvm.all('pf_taken'));
      expect(first.title).toContain(`${kvm.all('pf_taken').toLocaleString('en-US')} times`);
      expect(first.evidence).toContain('The pages are small ones');
      expect(first.knobs.some(({ text }) => text.includes('hugetlb=on'))).toBe(true);
    },
  );

  known('g-first-touch', 'trace.dat', 'with huge pages the advice is to take them before', ({ exits }, findings) => {
    const [first] = findings;
    const kvm = kvmCounters(scenario('g-first-touch', 'trace.dat')!);
    expect(first.rule).toBe(rule.id);
    expect(kvm.all('pages_2m')).toBe(kvm.all('pf_taken'));
    expect(first.title).toContain(`${kvm.all('pf_taken')} times`);
    expect(first.evidence).toContain('The pages are huge ones');
    expect(first.remedy).toBe('Take the memory before the guest starts.');
    const rows = exits.filter(({ cause }) => cause === 'page-fault');
    expect(first.costNs).toBe(rows.reduce((sum, { ledgerNs }) => sum + ledgerNs.hypervisor, 0));
  });

  known('h1-cpuid', 'trace.dat', 'is silent where the guest touches no new memory', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('pages are small if a fault takes a few exits, or if huge ones would be more than the memory', () => {
    const find = (...exits: ReturnType<typeof exitRow>[]) => rule.find(evidence({ exits: [...exits, cpuid] }), []);
    expect(find(faults(10, 4000))[0].gain.likelyNs).toBe(30_000);
    expect(find(faults(10, 200_000))[0].gain.likelyNs).toBe(2e6);
    const configuration = configurationOf('system guest\ncpu\nram 0x80000000,64M');
    const given = (count: number) =>
      rule.find(
        evidence({ exits: [faults(count, 200_000), cpuid], configurations: new Map([['vm1', [configuration]]]) }),
        [],
      )[0].evidence;
    expect(given(32)).toContain('huge ones');
    expect(given(33)).toContain('33 huge pages would be more than its memory of 64 MiB');
  });

  test('says what the host does with huge pages, where its facts tell', () => {
    const host = hostOf({ '/sys/kernel/mm/transparent_hugepage/enabled': 'always madvise [never]' });
    const [finding] = rule.find(evidence({ exits: [faults(10, 4000), cpuid], host }), []);
    expect(finding.evidence).toMatch(/; the host gives transparent huge pages: never\.$/);
  });

  test('is silent about protected pages and devices', () => {
    const exits = [
      faults(100, 5000, 'memory write fault, page protected'),
      exitRow({ cause: 'device-mmio', count: 9 }),
    ];
    expect(rule.find(evidence({ exits }), [])).toEqual([]);
  });

  test('advice is for the memory that the configuration gives, or leaves its size open', () => {
    const text = (configurations = new Map()) =>
      rule
        .find(evidence({ exits: [faults(10, 4000), cpuid], configurations }), [])[0]
        .knobs.map((knob) => knob.text)
        .join('\n');
    const configured = text(new Map([['vm1', [configurationOf('system guest\ncpu\nram 0x80000000,512M')]]]));
    expect(configured).toContain('echo 256 >');
    expect(configured).toContain('-m 512M -object memory-backend-memfd,id=ram0,size=512M,');
    expect(text()).toContain('-m SIZE -object memory-backend-memfd,id=ram0,size=SIZE,');
    expect(`${configured}${text()}`).not.toMatch(/2G|1024/);
  });
});
