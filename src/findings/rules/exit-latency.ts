/** Exits of all kinds take much longer than they must: the CPU, the host or the recorder is slow, not one cause. */

import { counted, formatCount, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { sumExits, WORK, workOf } from '../costs.js';
import { type Evidence, type ExitRow, isRecorded } from '../evidence.js';
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
  firesWhen: `On KVM and Xen: at least ${LEAST_EXITS} exits of kinds with a published figure took more than ${MUCH} times the middle of it, as the median over all of them; waiting for a pCPU counts as none of it. With facts of the host (--host) it says what is known to slow them down.`,
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
  /** Over its exits: of the time without waits for a pCPU. */
  readonly medianNs: number;
  readonly floorNs: number;
}

function findIn(evidence: Evidence, others: readonly Draft[]): Draft[] {
  const { hypervisor, clockMeasuresTime } = evidence.recording;
  if (!PUBLISHED.includes(hypervisor) || !clockMeasuresTime) return [];
  const kinds = kindsOf(evidence);
  const timed = kinds.reduce((total, kind) => total + kind.timed, 0);
  if (timed < LEAST_EXITS) return [];
  const factor = medianOverExits(kinds.flatMap(({ rows, floorNs }) => rows.map((row) => [row, ownNs(row) / floorNs])));
  return factor >= MUCH ? [draft(evidence, others, kinds, factor)] : [];
}

/**
 * Nanoseconds of a usual exit of this row without waits for a pCPU, at most: the median has them inside, the mean has what
 * is unusual.
 */
const ownNs = (row: ExitRow): number => Math.min(row.p50Ns!, workOf(row) / row.timed);

/** The median over exits of a value that all exits of a row share. */
function medianOverExits(values: readonly (readonly [row: ExitRow, value: number])[]): number {
  const sorted = values.toSorted(([, a], [, b]) => a - b);
  const half = sorted.reduce((total, [row]) => total + row.timed, 0) / 2;
  let below = 0;
  return sorted.find(([row]) => {
    below += row.timed;
    return below >= half;
  })![1];
}

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
      const medianNs = medianOverExits(rows.map((row) => [row, ownNs(row)]));
      return { of, rows, timed, medianNs, floorNs: floorOf(evidence, of).ns };
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

/** What is said of waits for pCPUs, with a space before it. */
function waitsIn(evidence: Evidence, kinds: readonly Kind[]): string {
  if (!isRecorded(evidence, 'preempted')) return ' Waits for a pCPU are inside: the scheduler was not recorded.';
  const rows = kinds.flatMap((kind) => kind.rows);
  const waitedNs = rows.reduce((total, { ledgerNs: { wakeup, preempted } }) => total + wakeup + preempted, 0);
  if (waitedNs === 0) return '';
  const waits = `Not in these figures: the ${formatNs(waitedNs)} that vCPUs waited for a pCPU in the middle of such exits`;
  return waitedNs > sumExits(rows).workNs ? ` ${waits}, more than the exits themselves took.` : ` ${waits}.`;
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
      )}.${waitsIn(evidence, kinds)} Writing down its events adds about ${formatNs(tracing)} to an exit on bare hardware.${known.length > 0 ? ` The facts of the host: ${known.join('; ')}.` : ''}`,
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
