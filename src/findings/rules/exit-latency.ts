/** Exits of all kinds take much longer than they must: the CPU, the host or the recorder is slow, not one cause. */

import { counted, formatCount, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { sumExits, WORK, workOf } from '../costs.js';
import type { Evidence, ExitRow } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type FloorClass, floorOf } from '../floors.js';
import { slowdowns } from '../host-settings.js';
import type { Draft, Rule } from '../rule.js';
import { isIpi } from '../vectors.js';

/** Published figures of one kind differ by two between CPUs, and recorders add to it. Own judgement. */
const MUCH = 3;
/** Fewer exits tell nothing. */
const LEAST_EXITS = 100;
/** Cycles that a tracepoint adds to an exit: 1,127 became 1,277 in a loop of exits (bcc, man/man8/kvmexit.8). */
const TRACEPOINT_CYCLES = 150;
/** Nanoseconds of a cycle at 3 GHz, as assumed in floors.ts. */
const CYCLE_NS = 1 / 3;
const NAMED = 3;

const KNOBS: readonly Knob[] = [
  {
    tool: 'shell on the host',
    text: "lscpu | grep -E 'Hypervisor|Model name|MHz|Mitigation|Vulnerable'",
    does: 'shows whether the host is itself a virtual machine, its frequency and its mitigations',
  },
  {
    tool: 'shell on the host',
    text: 'cpupower frequency-set -g performance',
    does: 'has the pCPUs run at full frequency',
  },
  {
    tool: 'shell on the host',
    text: 'cat /sys/module/kvm_intel/parameters/vmentry_l1d_flush',
    does: 'shows when the L1 data cache is flushed at an entry on Intel (cond, never, always)',
  },
  {
    tool: 'shell on the host',
    text: 'cat /sys/kernel/tracing/set_event | wc -l',
    does: 'counts the tracepoints that are on: others may be recording too',
  },
  {
    tool: 'shell in dom0',
    text: "xl dmesg | grep -A12 'Speculative mitigation facilities'",
    does: 'shows the mitigations of Xen, as long as its messages from the boot are there',
  },
  {
    tool: 'shell in dom0',
    text: 'xenpm get-cpufreq-para && xenpm set-scaling-governor performance',
    does: 'shows at which frequencies the pCPUs run, and has them run at full frequency',
  },
];

export const exitLatency: Rule = {
  id: 'exit-latency',
  title: 'exits of all kinds take much longer than published for their kind',
  explanation: [
    'What an exit costs at least is known for each kind: about a thousand cycles where the hypervisor answers something trivial, two thousand for a device in the kernel, five to seven thousand for one in the VMM. Where all kinds take several times as much, the reason is none of them: a host that is itself a virtual machine or emulated, a low frequency, deep idle states, mitigations that flush caches at each entry, kernels built for debugging, or the recorder.',
    'The finding tells a factor. It promises no gain, since the recording does not tell which of these it is, and every other finding already counts its exits at what they cost here.',
  ],
  firesWhen: `On KVM and Xen: at least ${LEAST_EXITS} exits of kinds with a published figure took, by their medians, more than ${MUCH} times the middle of it. With facts of the host (--host) it says what is known to slow them down.`,
  knobs: KNOBS,
  sources: [
    'Dall et al., ARM Virtualization: Performance and Architectural Implications, ISCA 2016, table II',
    'Dall et al., Optimizing the Design and Implementation of the Linux ARM Hypervisor, USENIX ATC 2017, table 2',
    'kvm-unit-tests, x86/vmexit.c and arm/micro-bench.c',
    'bcc, man/man8/kvmexit.8 (what a tracepoint adds to an exit)',
    'Linux, Documentation/admin-guide/hw-vuln/l1tf.rst',
  ],
  find: findIn,
};

/** Hypervisors that the published figures are of. */
const PUBLISHED: readonly string[] = ['kvm', 'xen'];

interface Kind {
  readonly of: FloorClass;
  readonly rows: readonly ExitRow[];
  readonly timed: number;
  /** Weighted by how many were timed: the mean of the medians. */
  readonly medianNs: number;
  readonly floorNs: number;
}

function findIn(evidence: Evidence, others: readonly Draft[]): Draft[] {
  const { hypervisor, clockMeasuresTime } = evidence.recording;
  if (!PUBLISHED.includes(hypervisor) || !clockMeasuresTime) return [];
  const kinds = kindsOf(evidence);
  const timed = sum(kinds, (kind) => kind.timed);
  const took = sum(kinds, (kind) => kind.timed * kind.medianNs);
  const expected = sum(kinds, (kind) => kind.timed * kind.floorNs);
  const factor = took / expected;
  return timed >= LEAST_EXITS && factor >= MUCH ? [draft(evidence, others, kinds, factor)] : [];
}

const sum = (kinds: readonly Kind[], of: (kind: Kind) => number): number =>
  kinds.reduce((total, kind) => total + of(kind), 0);

/** Kinds with a published figure, the most frequent first. */
function kindsOf(evidence: Evidence): Kind[] {
  const groups = new Map<FloorClass, ExitRow[]>();
  for (const row of evidence.exits) {
    const of = classOf(row);
    if (of === null || row.p50Ns === null) continue;
    const group = groups.get(of);
    if (group === undefined) groups.set(of, [row]);
    else group.push(row);
  }
  return [...groups]
    .map(([of, rows]) => {
      const timed = rows.reduce((total, row) => total + row.timed, 0);
      const took = rows.reduce((total, row) => total + row.timed * row.p50Ns!, 0);
      return { of, rows, timed, medianNs: took / timed, floorNs: floorOf(evidence, of).ns };
    })
    .sort((a, b) => b.timed - a.timed);
}

/** Null: nothing is published for such exits (halts, page faults, interrupts, …). */
function classOf(row: ExitRow): FloorClass | null {
  if (2 * row.reachedVmm > row.count) return row.cause.startsWith('device-') ? 'vmm device' : null;
  switch (row.cause) {
    case 'cpuid':
    case 'hypercall':
    case 'register':
      return 'hypervisor';
    case 'timer':
    case 'device-mmio':
    case 'device-port':
      return 'kernel device';
    case 'interrupt-control':
      return isIpi(row) ? 'ipi' : 'kernel device';
    default:
      return null;
  }
}

const IN_WORDS: Readonly<Record<FloorClass, string>> = {
  hardware: 'the way out and in',
  hypervisor: 'answered at once',
  'kernel device': 'handled by the kernel',
  'vmm device': 'handled by the VMM',
  ipi: 'that interrupt another vCPU',
};

function draft(evidence: Evidence, others: readonly Draft[], kinds: readonly Kind[], factor: number): Draft {
  const [most] = kinds;
  const left = kinds.flatMap(({ rows, floorNs }) => unclaimed(rows, others).map((row) => ({ row, floorNs })));
  const rows = left.map(({ row }) => row);
  const spare = left.reduce((total, { row, floorNs }) => total + Math.max(0, workOf(row) - row.count * floorNs), 0);
  const known = slowdowns(evidence);
  const tracing = (evidence.recording.events / evidence.totals.exits) * TRACEPOINT_CYCLES * CYCLE_NS;
  return {
    rule: 'exit-latency',
    title: `Exits take ${formatCount(factor)} times as long as published for their kinds; ${kinds.length > 1 ? 'the most frequent, ' : ''}those ${IN_WORDS[most.of]}${kinds.length > 1 ? ',' : ''} ${formatNs(most.medianNs)} instead of ${formatNs(most.floorNs)}`,
    machine: null,
    costNs: sumExits(rows).workNs,
    accounts: WORK,
    gain: {
      mostNs: Math.round(spare),
      likelyNs: 0,
      reasoning: `No gain is promised: the recording does not tell what makes them slow. ${rows.length === 0 ? 'Other findings count all of these exits' : `The exits that no other finding counts could cost ${formatNs(spare)} less`}; the gains of other findings shrink as exits get faster. Figures: ${floorOf(evidence, most.of).basis}.`,
    },
    evidence: `${kinds
      .map(
        (kind) =>
          `${counted(kind.timed, 'exit')} ${IN_WORDS[kind.of]}: ${formatNs(kind.medianNs)} (${formatNs(kind.floorNs)})`,
      )
      .join(
        '; ',
      )}. Writing down its events adds about ${formatNs(tracing)} to an exit on bare hardware.${known.length > 0 ? ` The facts of the host: ${known.join('; ')}.` : ''}`,
    references: referencesTo(rows.toSorted((a, b) => workOf(b) - workOf(a)).slice(0, NAMED)),
    remedy:
      known.length > 0
        ? `Look at what makes all exits slow: ${known.join('; ')}.`
        : 'Find out what makes all exits slow: whether the host is itself virtual, its frequency, its mitigations, other recorders.',
    knobs: KNOBS,
    risk: 'Mitigations protect against attacks from guests: turn none off where guests are not trusted.',
    verify:
      evidence.recording.hypervisor === 'kvm'
        ? 'Measure exits alone with kvm-unit-tests (x86/vmexit, arm/micro-bench) on this host, then record again.'
        : 'Compare a benchmark in the guest with the same on the bare host: vmtoll compare.',
    confidence: known.length > 0 ? 'medium' : 'low',
    told: 'unless limited',
  };
}
