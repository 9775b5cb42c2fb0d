/** Evidence for rules made by hand: what is not given is absent, zero, or complete. */
import type { CulpritRow, ExitRow, Machine, Vcpu } from '../../src/explain/explanation.js';
import type { Evidence } from '../../src/findings/evidence.js';
import { noTime } from '../../src/ledger/accounts.js';

const SECOND = 1e9;

/** One second of a vCPU; what its accounts do not fill is guest time. */
export function vcpu(id: number, accounts: Partial<Vcpu['ledgerNs']> = {}, keptOutNs = 0): Vcpu {
  const used = Object.values(accounts).reduce((total, ns) => total + ns, 0);
  const ledgerNs = { ...noTime(), guest: SECOND - used, ...accounts };
  const { hypervisor, vmm, interrupt, poll, blocked, wakeup, preempted } = ledgerNs;
  return {
    id,
    thread: 100 + id,
    durationNs: SECOND,
    exits: 0,
    unpairedExits: 0,
    unpairedEntries: 0,
    ledgerNs,
    guestDelayNs: hypervisor + vmm + interrupt + blocked + wakeup + preempted,
    hostCostNs: hypervisor + vmm + interrupt + poll,
    keptOutNs,
  };
}

export const ALL_RECORDED: Machine['recorded'] = {
  upperBounds: [],
  notRecorded: [],
  lostTime: 'measured',
  exits: 'complete',
};

export const machine = (id: string, ...vcpus: readonly Vcpu[]): Machine => ({
  id,
  name: id,
  vcpusKnown: true,
  vcpus,
  recorded: ALL_RECORDED,
});

/** A row of exits of machine vm1 and its vCPU 0, unless something else is said. */
export function exitRow(
  row: Partial<Omit<ExitRow, 'ledgerNs'>> & { readonly ledgerNs?: Partial<ExitRow['ledgerNs']> },
): ExitRow {
  const { guest: _guest, ...none } = noTime();
  const ledgerNs = { ...none, ...row.ledgerNs };
  const { hypervisor, vmm, interrupt, blocked, wakeup, preempted } = ledgerNs;
  const count = row.count ?? 0;
  return {
    machine: 'vm1',
    vcpu: 0,
    cause: 'other',
    reason: 'other',
    detail: null,
    device: null,
    firstNs: null,
    lastNs: null,
    count,
    episodes: count,
    reachedVmm: 0,
    guestDelayNs: hypervisor + vmm + interrupt + blocked + wakeup + preempted,
    timed: 0,
    totalNs: 0,
    minNs: null,
    p50Ns: null,
    p90Ns: null,
    p99Ns: null,
    p999Ns: null,
    maxNs: null,
    ...row,
    ledgerNs,
  };
}

export const culprit = (row: Partial<CulpritRow>): CulpritRow => ({
  machine: 'vm1',
  vcpu: 0,
  account: 'preempted',
  kind: 'process',
  name: 'someone',
  ns: 0,
  count: 1,
  ...row,
});

/** A whole second of a KVM host with four pCPUs, completely recorded. */
export function evidence(given: Partial<Evidence> = {}): Evidence {
  const machines = given.machines ?? [machine('vm1', vcpu(0))];
  const vcpus = machines.flatMap((one) => one.vcpus);
  const sum = (of: (vcpu: Vcpu) => number) => vcpus.reduce((total, one) => total + of(one), 0);
  const ledgerNs = noTime();
  for (const name of Object.keys(ledgerNs) as (keyof typeof ledgerNs)[])
    ledgerNs[name] = sum((one) => one.ledgerNs[name]);
  return {
    version: 1,
    recording: {
      sources: ['made by hand'],
      format: 'trace-dat',
      hypervisor: 'kvm',
      clock: 'mono',
      clockMeasuresTime: true,
      timeUnit: 'ns',
      clockEstimated: false,
      startNs: '0',
      fromNs: 0,
      toNs: SECOND,
      durationNs: SECOND,
      wholeNs: SECOND,
      events: 1000,
      lostEvents: 0,
      gaps: 0,
      losses: [],
      pcpus: 4,
      host: {},
      eventCounts: {},
    },
    totals: {
      vcpus: vcpus.length,
      exits: sum((one) => one.exits),
      durationNs: sum((one) => one.durationNs),
      ledgerNs,
      guestDelayNs: sum((one) => one.guestDelayNs),
      hostCostNs: sum((one) => one.hostCostNs),
      keptOutNs: sum((one) => one.keptOutNs),
    },
    sources: { guestExitsNs: 0, interruptsNs: 0, overloadNs: 0 },
    exits: [],
    groups: { cause: [], reason: [], detail: [], device: [], vcpu: [] },
    reasons: [],
    culprits: [],
    sleeps: [],
    handlers: [],
    interrupts: [],
    worst: [],
    devices: [],
    worldSwitches: null,
    placement: { fromScheduler: true, hostPcpus: 4, vcpus: [], pcpus: [], demand: null },
    functions: [],
    symbols: [],
    host: null,
    reconciliation: null,
    quality: { grade: 'A', issues: [], upperBounds: [], notRecorded: [], lostTime: 'measured', exits: 'complete' },
    configurations: new Map(),
    ...given,
    machines,
  };
}
