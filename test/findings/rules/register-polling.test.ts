import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { registerPolling as rule } from '../../../src/findings/rules/register-polling.js';
import { evidence, exitRow, machine, vcpu } from '../../support/evidence.js';
import { explanationOf } from '../../support/explained.js';
import { hasTools } from '../../support/knob-tools.js';
import { scenario } from '../../support/recordings.js';

/** The guest executed CPUID in a loop, so often. */
const LOOPS = [
  ['h1-cpuid', 10_000],
  ['native-vs-vm/rec/cpuid', null],
] as const;

describe('register-polling', () => {
  for (const [name, executed] of LOOPS) {
    const found = scenario(name, 'trace.dat');
    const what = `${name}: CPUID in a loop is what to change first, and costs what the ledger says`;
    if (found === undefined) test.skip(`${what} (not bundled: set VMTOLL_RECORDINGS)`, () => {});
    else
      test(what, async () => {
        const { findings, exits } = await explanationOf(found, 'trace.dat');
        const rows = exits.filter(({ detail }) => detail === 'CPUID leaf 0x0 (vendor)');
        expect(findings[0].rule).toBe(rule.id);
        expect(findings[0].title).toContain('CPUID leaf 0x0 (vendor)');
        expect(findings[0].costNs).toBe(
          rows.reduce((sum, { ledgerNs }) => sum + ledgerNs.hypervisor + ledgerNs.vmm + ledgerNs.blocked, 0),
        );
        if (executed === null) return;
        // What the program did, and what the start of programs adds.
        const told = Number(/used .* ([\d,]+) times/.exec(findings[0].title)![1].replaceAll(',', ''));
        expect(told).toBeGreaterThanOrEqual(executed);
        expect(told).toBeLessThan(1.001 * executed);
      });
  }

  test.each(['e-timer', 'b1-uart-flood'])('is silent in %s, where registers are used at starts only', async (name) => {
    const { findings } = await explanationOf(scenario(name, 'trace.dat')!, 'trace.dat');
    expect(findings.map((finding) => finding.rule)).not.toContain(rule.id);
  });

  test.each([
    ['OSLSR_EL1 read (inferred)', 'lock of the debug unit'],
    ['MSR 0x10 IA32_TIME_STAMP_COUNTER read', 'RDTSC'],
    ['MSR 0xc1 IA32_PMC0 read', 'NMI watchdog'],
    ['MSR 0xe8 IA32_APERF read', 'frequency'],
    ['CPUID leaf 0xb (extended topology)', 'on which vCPU'],
    ['PMCCNTR_EL0 read (inferred)', 'profiler'],
  ])('%s: what usually does that', (detail, words) => {
    const row = exitRow({ cause: 'register', reason: 'msr', detail, count: 5000, ledgerNs: { hypervisor: 1e7 } });
    const [finding] = rule.find(evidence({ exits: [row] }), []);
    expect(`${finding.evidence} ${finding.remedy}`).toContain(words);
  });

  test('names the functions that symbols of the guest kernel give', () => {
    const row = exitRow({
      cause: 'register',
      reason: 'msr',
      detail: 'MSR 0x19c IA32_THERM_STATUS read',
      count: 5000,
      ledgerNs: { hypervisor: 1e7 },
    });
    const { machine: id, vcpu: number, cause, reason, detail } = row;
    const from = { machine: id, vcpu: number, cause, reason, detail, guestDelayNs: 0 };
    const functions = [
      { ...from, function: 'therm_throt_process', module: null, inKernel: true, count: 4900 },
      { ...from, function: null, module: null, inKernel: false, count: 100 },
      { ...from, detail: 'MSR 0x10', function: 'other', module: null, inKernel: true, count: 9000 },
    ];
    const [finding] = rule.find(evidence({ exits: [row], functions }), []);
    expect(finding.evidence).toContain(
      "from therm_throt_process() (4,900 times), the guest's programs, not its kernel (100 times).",
    );
  });

  test.each([
    ['trace.dat', 'trace-cmd'],
    ['perf.data', 'perf'],
    ['perf-script.txt', 'grep'],
  ])('%s: the command that counts addresses finds every exit', async (file, tool) => {
    const found = scenario('m-mixed', file)!;
    const explanation = await explanationOf(found, file);
    const [{ knobs }] = rule.find({ ...explanation, configurations: new Map() }, []);
    const { text } = knobs.find(({ does }) => does.startsWith('counts the addresses'))!;
    expect(text).toMatch(new RegExp(`^${tool}`));
    if (!hasTools(tool)) {
      console.warn(`NOT RUN: ${tool} is not installed`);
      return;
    }
    const path = found.file(file)!;
    const command = text.replace(/trace\.dat|perf\.data|RECORDING/, `'${path}'`).replace('| head', '');
    const counts = execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const sum = counts.split('\n').reduce((total, line) => total + (Number.parseInt(line, 10) || 0), 0);
    expect(sum).toBe(explanation.recording.eventCounts['kvm:kvm_exit']);
  });

  test('adds up vCPUs, and leaves out what another rule has explained', () => {
    const uses = [0, 1].map((id) =>
      exitRow({
        vcpu: id,
        cause: 'register',
        reason: 'msr',
        detail: 'MSR 0x19c IA32_THERM_STATUS read',
        count: 5000,
        ledgerNs: { hypervisor: 1e7, preempted: 1e9 },
      }),
    );
    const given = evidence({ machines: [machine('vm1', vcpu(0), vcpu(1))], exits: uses });
    const [finding, ...more] = rule.find(given, []);
    expect(more).toEqual([]);
    expect([finding.costNs, finding.gain.likelyNs]).toEqual([2e7, 2e7]);
    expect(finding.evidence).toContain('temperatures');
    expect(rule.find(given, [finding])).toEqual([]);
  });
});
