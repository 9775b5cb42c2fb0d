/** What is known to have happened in the recordings of arm64 is what the explanation says. */
import { describe, expect, test } from 'vitest';
import type { ExitGroup, Explanation } from '../../src/explain/explanation.js';
import { explanationOf, vcpusOf } from '../support/explained.js';
import { scenario } from '../support/recordings.js';

/** A test over one recording; the ones that are not bundled show as skipped, with what they need. */
function known(name: string, file: string, what: string, check: (explanation: Explanation) => void): void {
  const found = scenario(name, file, 'kvm-arm64');
  if (found === undefined) test.skip(`${name}/${file}: ${what} (not bundled: set VMTOLL_RECORDINGS)`, () => {});
  else test(`${name}/${file}: ${what}`, async () => check(await explanationOf(found, file)));
}

/** Details with the most guest delay, without what the VMM does of itself. */
const leading = ({ groups }: Explanation): ExitGroup[] => groups.detail.filter(({ cause }) => cause !== 'vm-control');
const groupOf = ({ groups }: Explanation, detail: string): ExitGroup | undefined =>
  groups.detail.find((row) => row.detail === detail);

for (const [name, file] of [
  ['uartflood', 'trace.dat'],
  ['uartflood', 'perf.data'],
  ['n-uartflood', 'trace.dat'],
  ['n-flight', 'trace.dat'],
  ['kvm-arm64', 'n-lossy.trace_pipe.txt'],
] as const) {
  known(name, file, 'the registers of the pl011 lead, and all of it goes to the VMM', (explanation) => {
    const rows = leading(explanation).slice(0, 2);
    expect(rows.map(({ cause, device }) => [cause, device])).toEqual([
      ['device-mmio', 'pl011 serial port'],
      ['device-mmio', 'pl011 serial port'],
    ]);
    expect(new Set(rows.map(({ detail }) => detail))).toEqual(
      new Set(['address 0x9000000, 2-byte write', 'address 0x9000018, 2-byte read']),
    );
    expect(explanation.sources.guestExitsNs).toBe(Math.max(...Object.values(explanation.sources)));
  });
}

known('uartflood', 'trace.dat', 'each character is one write and one read of the flags', (explanation) => {
  const [write, read] = ['address 0x9000000, 2-byte write', 'address 0x9000018, 2-byte read'].map((detail) =>
    groupOf(explanation, detail),
  );
  // trace-cmd report: 3,000 writes, and 3,001 reads of two events each.
  expect([write?.count, read?.count]).toEqual([3000, 3001]);
  expect([write?.reachedVmm, read?.reachedVmm]).toEqual([3000, 3001]);
});

known('vconflood', 'trace.dat', 'the same text by VIRTIO rings doorbells that no VMM answers', (explanation) => {
  const doorbells = explanation.groups.detail.filter(({ cause }) => cause === 'device-mmio');
  expect(doorbells.length).toBeGreaterThan(0);
  expect(doorbells.reduce((sum, { reachedVmm }) => sum + reachedVmm, 0)).toBe(0);
  expect(explanation.groups.detail.some(({ device }) => device === 'pl011 serial port')).toBe(false);
});

for (const name of ['idle', 'x-idle']) {
  known(name, 'trace.dat', 'the vCPU sleeps for its timer, which costs nothing', (explanation) => {
    const { ledgerNs, durationNs, keptOutNs } = explanation.totals;
    // The machine of x-idle was stopped for a while.
    expect(ledgerNs.idle).toBeGreaterThan(0.9 * (durationNs - keptOutNs));
    const [first] = leading(explanation);
    expect([first.cause, first.detail]).toEqual(['halt', 'woken by interrupt 27 (virtual timer)']);
    expect(ledgerNs.blocked - keptOutNs).toBeLessThanOrEqual(0);
  });
}

for (const name of ['cpu', 'n-cpu']) {
  known(
    name,
    'trace.dat',
    "a vCPU that computes is left for interrupts alone, most often its own timer's",
    (explanation) => {
      const causes = new Set(explanation.exits.map(({ cause }) => cause));
      causes.delete('vm-control');
      expect([...causes].sort()).toEqual(['interrupt', 'timer']);
      const [first] = leading(explanation);
      expect([first.cause, first.detail]).toEqual(['timer', "the guest's timer, interrupt 27 (virtual timer)"]);
    },
  );
}

known('timer', 'trace.dat', 'timers lead: halts that they end, and exits for them', (explanation) => {
  const timers = explanation.groups.detail.filter(({ detail }) => detail?.includes('interrupt 27 (virtual timer)'));
  const ours = timers.reduce((sum, { count }) => sum + count, 0);
  expect(ours).toBeGreaterThan(0.6 * explanation.totals.exits);
});

known('smp2fork', 'trace.dat', 'two vCPUs interrupt each other by ICC_SGI1R_EL1', (explanation) => {
  const sgis = groupOf(explanation, 'ICC_SGI1R_EL1 write');
  // trace-cmd report: 280 events kvm_sys_access, all of this register.
  expect([sgis?.cause, sgis?.count]).toEqual(['interrupt-control', 280]);
  const random = explanation.groups.detail.find(({ cause }) => cause === 'hypercall');
  expect([random?.detail, random?.count]).toEqual(['TRNG_RND (0xc4000053)', 2]);
});

known(
  'lifecycle',
  'trace.dat',
  'a guest that starts sets up its interrupt controller, and faults its memory in',
  (explanation) => {
    const gic = explanation.exits.filter(({ device }) => device?.startsWith('interrupt controller (GIC)'));
    expect(new Set(gic.map(({ cause, reachedVmm }) => `${cause} ${reachedVmm}`))).toEqual(
      new Set(['interrupt-control 0']),
    );
    const faults = explanation.exits.filter(({ cause }) => cause === 'page-fault');
    expect(new Set(faults.map(({ reason }) => reason))).toEqual(new Set(['DABT_LOW', 'IABT_LOW']));
    expect(explanation.exits.some(({ detail }) => detail === 'PSCI CPU_ON (0xc4000003)')).toBe(true);
  },
);

known('lifecycle', 'trace.dat', 'every register that Linux uses when it starts has a name', (explanation) => {
  const registers = explanation.exits.filter(({ reason }) => reason === 'SYS64').map(({ detail }) => detail);
  expect(registers).toContain('ID_AA64ISAR2_EL1 read');
  expect(registers.length).toBeGreaterThan(40);
  expect(
    registers.filter((detail) => !/^[A-Z]\w+_EL[01] (?:read|write)$/.test(detail ?? '') || /^S\d_/.test(detail!)),
  ).toEqual([]);
});

describe('overload', () => {
  known(
    'overcommit',
    'trace.dat',
    'three vCPUs of two machines on one pCPU wait two thirds of the time',
    (explanation) => {
      const { sources, machines } = explanation;
      expect(machines.map(({ vcpus }) => vcpus.length)).toEqual([2, 1]);
      expect(sources.overloadNs).toBe(Math.max(...Object.values(sources)));
      for (const { ledgerNs, durationNs } of vcpusOf(explanation)) {
        expect(Math.abs(ledgerNs.preempted / durationNs - 2 / 3)).toBeLessThan(0.03);
      }
    },
  );
});
