/** Which pCPU each busy vCPU of all machines should have, by what the recording, configurations and facts of the host tell. */
import { groupedBy } from '../base/grouped-by.js';
import { formatShare } from '../base/quantities.js';
import type { Evidence, Machine } from './evidence.js';
import type { Knob } from './finding.js';
import { BOOT_PCPU } from './interrupt-knobs.js';
import { listText, noneFree, type Pcpus, pcpusOf } from './pcpus.js';
import { pinWithXl, spreadWithXl } from './xen-knobs.js';

/** A vCPU that ran for less of T may share a pCPU with others. Own judgement. */
const BUSY = 0.02;
/** More lines than that nobody types. */
const MOST = 64;

type PlacedVcpu = Evidence['placement']['vcpus'][number];

export interface Pin {
  readonly machine: string;
  readonly vcpu: number;
  readonly thread: number;
  readonly ranNs: number;
  readonly pcpu: number;
  /** It is pinned there already, by its configuration or on the host. */
  readonly isKept: boolean;
  /** Its configuration pins it there and nowhere else, and it ran elsewhere all the same. */
  readonly isIgnored: boolean;
  /** The pCPUs that its configuration or the host leave it, where the planned one is none of them: that has to change. */
  readonly against: readonly number[] | null;
}

const plans = new WeakMap<Evidence['placement'], readonly Pin[]>();

/** By machine and vCPU; empty where there are fewer pCPUs than busy vCPUs, more vCPUs than anybody pins, or not enough is known. */
export function planOf(evidence: Evidence): readonly Pin[] {
  const known = plans.get(evidence.placement);
  if (known !== undefined) return known;
  const pins = planned(evidence);
  plans.set(evidence.placement, pins);
  return pins;
}

function planned(evidence: Evidence): readonly Pin[] {
  const busy = busyVcpus(evidence);
  const free = new Set(usablePcpus(evidence));
  if (evidence.placement.pcpus === null || busy.length > free.size || busy.length > MOST) return [];
  // A host of Linux ticks and keeps work on the pCPU that it started on, whatever it is told.
  const isSpare = evidence.recording.hypervisor === 'kvm' && busy.length < free.size;
  const layout = new Layout(evidence, isSpare ? BOOT_PCPU : null);
  const pins: Pin[] = [];
  const pin = (vcpu: BusyVcpu, pcpu: number, isKept: boolean) => {
    const allowed = meantFor(vcpu);
    free.delete(pcpu);
    layout.take(pcpu, vcpu.machine);
    pins.push({
      ...named(vcpu),
      pcpu,
      isKept,
      isIgnored: isIgnored(vcpu, pcpu),
      against: allowed === null || allowed.includes(pcpu) ? null : allowed,
    });
  };
  const kept = keptPins(busy, free);
  for (const vcpu of busy) if (kept.has(vcpu)) pin(vcpu, kept.get(vcpu)!, true);
  for (const [machine, own] of groupedBy(
    busy.filter((vcpu) => !kept.has(vcpu)),
    (vcpu) => vcpu.machine,
  )) {
    const node = layout.nodeFor(machine, own, free);
    for (const vcpu of own) pin(vcpu, layout.best(vcpu, node, free), false);
  }
  return pins.sort((a, b) => (a.machine === b.machine ? a.vcpu - b.vcpu : a.machine < b.machine ? -1 : 1));
}

interface BusyVcpu extends PlacedVcpu {
  readonly ranNs: number;
  /** The only pCPU that it ran on, where no other busy vCPU ran there. */
  readonly aloneOn: number | null;
}

const named = ({ machine, vcpu, thread, ranNs }: BusyVcpu) => ({ machine, vcpu, thread, ranNs });

/** The busiest first. */
function busyVcpus({ placement, recording }: Evidence): BusyVcpu[] {
  const busy = placement.vcpus
    .map((vcpu) => ({ ...vcpu, ranNs: vcpu.pcpus.reduce((sum, { ns }) => sum + (ns ?? 0), 0) }))
    .filter(({ ranNs }) => ranNs >= BUSY * recording.durationNs);
  const users = new Map<number, number>();
  for (const { pcpu } of busy.flatMap(({ pcpus }) => pcpus)) users.set(pcpu, (users.get(pcpu) ?? 0) + 1);
  const aloneOn = ({ pcpus: [first, ...more] }: PlacedVcpu) =>
    first !== undefined && more.length === 0 && users.get(first.pcpu) === 1 ? first.pcpu : null;
  return busy.map((vcpu) => ({ ...vcpu, aloneOn: aloneOn(vcpu) })).sort((a, b) => b.ranNs - a.ranNs);
}

/** A host of QNX numbers its pCPUs from 0 on; one that slept all the time wrote nothing. Linux' facts say which are online. */
function usablePcpus(evidence: Evidence): readonly number[] {
  const { placement, recording, host } = evidence;
  const online = (host?.pcpus ?? []).filter((pcpu) => pcpu.online).map(({ pcpu }) => pcpu);
  if (online.length > 0) return online;
  return recording.hypervisor === 'qnx' ? pcpusOf(evidence).all : (placement.pcpus ?? []).map(({ pcpu }) => pcpu);
}

const meantFor = ({ configured, affinity }: PlacedVcpu): readonly number[] | null => configured ?? affinity;

/** Less of its run time elsewhere can be from before it was pinned. Own judgement. */
const MUCH_ELSEWHERE = 0.05;

const isIgnored = ({ configured, elsewhereNs, ranNs }: BusyVcpu, pcpu: number): boolean =>
  configured?.length === 1 && configured[0] === pcpu && (elsewhereNs ?? 0) > MUCH_ELSEWHERE * ranNs;

/** The configurations say already what is planned, and the host does not keep to it. */
export const isToEnforce = (pins: readonly Pin[]): boolean =>
  pins.some((pin) => pin.isIgnored) && pins.every((pin) => pin.isKept);

/** The beginning of a remedy. */
const pinningText = (pins: readonly Pin[]): string =>
  isToEnforce(pins) ? 'See why the pinning of the configuration is not in force, and put it in force' : 'Pin the vCPUs';

/** Who is meant to be alone on a pCPU, and is, stays there. */
function keptPins(busy: readonly BusyVcpu[], free: ReadonlySet<number>): Map<BusyVcpu, number> {
  const kept = new Map<BusyVcpu, number>();
  const single = busy.filter((vcpu) => meantFor(vcpu)?.length === 1);
  for (const own of groupedBy(single, (vcpu) => String(meantFor(vcpu)![0])).values()) {
    const [pcpu] = meantFor(own[0])!;
    if (free.has(pcpu)) kept.set(own[0], pcpu);
  }
  return kept;
}

/** What is known of pCPUs, and who got which. */
class Layout {
  readonly #facts: ReadonlyMap<number, NonNullable<Evidence['host']>['pcpus'][number]>;
  readonly #otherNs: ReadonlyMap<number, number>;
  readonly #hasIsolated: boolean;
  readonly #leftToHost: number | null;
  /** By pCPU: the machine whose vCPU has it. */
  readonly #taken = new Map<number, string>();

  /** @param leftToHost the pCPU that is used last, where one is known to be the host's rather than others */
  constructor({ host, placement }: Evidence, leftToHost: number | null) {
    this.#leftToHost = leftToHost;
    this.#facts = new Map((host?.pcpus ?? []).map((pcpu) => [pcpu.pcpu, pcpu]));
    this.#hasIsolated = [...this.#facts.values()].some(({ isolated }) => isolated);
    this.#otherNs = new Map((placement.pcpus ?? []).map((pcpu) => [pcpu.pcpu, otherTime(pcpu)]));
  }

  take(pcpu: number, machine: string): void {
    this.#taken.set(pcpu, machine);
  }

  /** Where the machine ran most among the nodes that have room for all of it; null where no node has, or there are none. */
  nodeFor(machine: string, vcpus: readonly BusyVcpu[], free: ReadonlySet<number>): number | null {
    const ran = new Map<number, number>();
    for (const pcpu of free) {
      const node = this.#nodeOf(pcpu);
      if (node !== null) ran.set(node, 0);
    }
    for (const { pcpu, ns } of vcpus.flatMap(({ pcpus }) => pcpus)) {
      const node = this.#nodeOf(pcpu);
      if (node !== null && ran.has(node)) ran.set(node, ran.get(node)! + (ns ?? 0));
    }
    const there = [...this.#taken].find(([, owner]) => owner === machine)?.[0];
    const own = there === undefined ? null : this.#nodeOf(there);
    const nodes = [...ran]
      .sort(([a, ranA], [b, ranB]) => Number(b === own) - Number(a === own) || ranB - ranA)
      .map(([node]) => node);
    const roomIn = (node: number) => [...free].filter((pcpu) => this.#nodeOf(pcpu) === node).length;
    return nodes.find((node) => roomIn(node) >= vcpus.length) ?? null;
  }

  /** The free pCPU that is best for it. */
  best(vcpu: BusyVcpu, node: number | null, free: ReadonlySet<number>): number {
    const allowed = meantFor(vcpu);
    const ranks = (pcpu: number): readonly number[] => [
      Number(allowed !== null && !allowed.includes(pcpu)),
      Number(node !== null && this.#nodeOf(pcpu) !== node),
      this.#neighbour(pcpu, vcpu.machine),
      Number(this.#hasIsolated && this.#facts.get(pcpu)?.isolated !== true),
      Number(vcpu.aloneOn !== null && vcpu.aloneOn !== pcpu),
      Number(pcpu === this.#leftToHost),
      this.#otherNs.get(pcpu) ?? 0,
      -pcpu,
    ];
    return [...free].reduce((a, b) => (isBefore(ranks(b), ranks(a)) ? b : a));
  }

  /** 0: the other threads of its core have no vCPU; 1: they have one of the same machine; 2: of another machine. */
  #neighbour(pcpu: number, machine: string): number {
    const siblings = (this.#facts.get(pcpu)?.siblings ?? []).filter((sibling) => sibling !== pcpu);
    const owners = siblings.flatMap((sibling) => this.#taken.get(sibling) ?? []);
    if (owners.length === 0) return 0;
    return owners.every((owner) => owner === machine) ? 1 : 2;
  }

  #nodeOf(pcpu: number): number | null {
    return this.#facts.get(pcpu)?.node ?? null;
  }
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index >= 0 && a[index] < b[index];
}

/** Of T what everything but vCPUs had. */
const otherTime = (pcpu: NonNullable<Evidence['placement']['pcpus']>[number]): number =>
  pcpu.vmmNs + pcpu.kernelNs + pcpu.processNs;

/** Why this pCPU, in a sentence. */
export function reasonFor(evidence: Evidence, pin: Pin): string {
  const { durationNs } = evidence.recording;
  const facts = evidence.host?.pcpus.find(({ pcpu }) => pcpu === pin.pcpu);
  const siblings = (facts?.siblings ?? []).filter((sibling) => sibling !== pin.pcpu);
  const shared = planOf(evidence).filter(({ pcpu }) => siblings.includes(pcpu));
  const other = evidence.placement.pcpus?.find(({ pcpu }) => pcpu === pin.pcpu);
  const reasons = [
    ...(pin.isIgnored
      ? ['its configuration pins it there, and it ran elsewhere all the same']
      : pin.isKept
        ? ['it is pinned there already']
        : []),
    ...(facts?.isolated === true ? ['isolated'] : []),
    ...(siblings.length === 0
      ? []
      : [
          shared.length === 0
            ? `a core of its own (keep ${listText(siblings)} free)`
            : `a core with ${shared.map(({ machine, vcpu }) => `${machine}/${vcpu}`).join(', ')}`,
        ]),
    ...(facts !== undefined && (evidence.host?.nodes.length ?? 0) > 1 && facts.node !== null
      ? [`node ${facts.node}`]
      : []),
    ...(leavesBootPcpu(evidence) ? [`leaves pCPU ${BOOT_PCPU} to the host, which always ticks there`] : []),
    `everything but vCPUs took ${formatShare(other === undefined ? 0 : otherTime(other), durationNs)} there`,
  ];
  const against = pin.against === null ? '' : `, but it is meant for pCPU ${listText(pin.against)}: change that`;
  return `${pin.machine}/${pin.vcpu} ran ${formatShare(pin.ranNs, durationNs)} of T; pCPU ${pin.pcpu}: ${reasons.join(', ')}${against}.`;
}

/** Whether the plan keeps all vCPUs off the pCPU that Linux starts on. */
const leavesBootPcpu = (evidence: Evidence): boolean =>
  evidence.recording.hypervisor === 'kvm' &&
  usablePcpus(evidence).includes(BOOT_PCPU) &&
  planOf(evidence).every(({ pcpu }) => pcpu !== BOOT_PCPU);

/** The pins of a machine for libvirt, Linux, qvm and xl; nothing where there are none. */
export function pinKnobs(evidence: Evidence, machine: Machine): readonly Knob[] {
  const { id, vcpus } = machine;
  const pins = planOf(evidence).filter((pin) => pin.machine === id);
  if (pins.length === 0) return [];
  if (isToEnforce(pins)) return enforcingKnobs(machine, pins);
  const lines = pins.map(({ vcpu, pcpu }) => `  <vcpupin vcpu='${vcpu}' cpuset='${pcpu}'/>`);
  const all = pcpusOf(evidence).all;
  const pcpuOf = (vcpu: number) => pins.find((pin) => pin.vcpu === vcpu)?.pcpu;
  return [
    {
      tool: 'libvirt XML',
      text: ['<cputune>', ...lines, '</cputune>'].join('\n'),
      does: `pins the vCPUs of ${id}`,
    },
    ...threadKnobs(pins),
    {
      tool: 'qvm configuration',
      // A line for each vCPU, also for those that are not pinned.
      text: vcpus.map((vcpu) => qvmLine(evidence, pcpuOf(vcpu.id))).join('\n'),
      does: `pins the vCPUs of ${id}; priorities and partitions that these lines have stay`,
    },
    {
      tool: 'xl configuration',
      text: `cpus = [${vcpus.map((vcpu) => `"${pcpuOf(vcpu.id) ?? listText(all)}"`).join(', ')}]`,
      does: 'likewise',
    },
    ...pinWithXl(machine, pins),
  ];
}

function threadKnobs(pins: readonly Pin[]): Knob[] {
  const known = pins.filter(({ thread }) => thread >= 0);
  if (known.length === 0) return [];
  return [
    {
      tool: 'shell on the host',
      text: known.map(({ thread, pcpu }) => `taskset -c -p ${pcpu} ${thread}`).join('\n'),
      does: 'likewise at once, for the threads of this recording, as long as they live',
    },
  ];
}

/** What the configuration says already nobody has to be told again: how to see what is in force, and to change that. */
const enforcingKnobs = (machine: Machine, pins: readonly Pin[]): Knob[] => [
  {
    tool: 'shell on the host',
    text: ['virsh vcpupin NAME', ...pins.map(({ vcpu, pcpu }) => `virsh vcpupin NAME ${vcpu} ${pcpu} --live`)].join(
      '\n',
    ),
    does: `shows on which pCPUs libvirt keeps the vCPUs of ${machine.id} now, and pins them; what its XML says holds from the next start on`,
  },
  ...threadKnobs(pins),
  { tool: 'shell in dom0', text: 'xl vcpu-list', does: 'shows on which pCPUs vCPUs may run now' },
  ...pinWithXl(machine, pins),
];

function qvmLine({ recording }: Evidence, pcpu: number | undefined): string {
  if (pcpu === undefined) return 'cpu';
  const cluster = recording.host.clusters?.find(({ pcpus }) => pcpus.length === 1 && pcpus[0] === pcpu);
  return cluster === undefined ? `cpu runmask ${pcpu}` : `cpu cluster ${cluster.name}`;
}

/** Rules whose findings a pinning answers: where one of them is told, the plan is told too. */
export const PLACING_RULES: readonly string[] = [
  'stacked-vcpus',
  'floating-vcpus',
  'host-threads-take-pcpus',
  'vmm-threads-take-pcpus',
  'vcpus-outnumber-pcpus',
];

/** pCPUs as they are once the vCPUs are where one and the same report advises to put them. */
export interface PlannedPcpus extends Pcpus {
  /** The vCPUs have to be pinned by the plan, which then leaves pCPUs over. */
  readonly isPlanned: boolean;
  /** The beginning of a remedy where it is: "Pin the vCPUs". */
  readonly pinning: string;
  /** For remedies: why nothing can be moved away; undefined where there is a free pCPU. */
  readonly none: string | undefined;
}

/**
 * @param placing ids of the rules with findings in the same report: without one that is about the placement of vCPUs nothing
 *   moves them but the finding that asks, and that only where no pCPU is free as it is
 */
export function plannedPcpus(evidence: Evidence, placing: readonly string[]): PlannedPcpus {
  const now = pcpusOf(evidence);
  const pins = planOf(evidence);
  const pinning = pinningText(pins);
  const asItIs = { ...now, isPlanned: false, pinning, none: noneFree(now) };
  const isSpread = pins.length === 0 && placing.includes('stacked-vcpus');
  if (isSpread) return allUsed(now.all);
  if (pins.length === 0 || isAsItIs(evidence, pins)) return asItIs;
  const isPlaced = placing.some((rule) => PLACING_RULES.includes(rule));
  if (!isPlaced && now.free.length > 0) return asItIs;
  const used = new Set(pins.map(({ pcpu }) => pcpu));
  const free = now.all.filter((pcpu) => !used.has(pcpu));
  if (free.length === 0) return isPlaced ? allUsed(now.all) : asItIs;
  const ofVcpus = now.all.filter((pcpu) => used.has(pcpu));
  return { all: now.all, free, ofVcpus, isPlanned: true, pinning, none: undefined };
}

function allUsed(all: readonly number[]): PlannedPcpus {
  const none = `Placed as advised, the vCPUs run on all pCPUs (${listText(all)}): none is left over.`;
  return { all, free: [], ofVcpus: all, isPlanned: false, pinning: pinningText([]), none };
}

/** Each vCPU is alone on one pCPU already, the planned one or another, and no plan with facts of the host says otherwise. */
export function isAsItIs({ placement, host }: Evidence, pins: readonly Pin[]): boolean {
  const placeOf = ({ machine, vcpu }: Pin) =>
    placement.vcpus.find((own) => own.machine === machine && own.vcpu === vcpu)?.pcpus ?? [];
  const now = pins.map(placeOf);
  if (!now.every((pcpus) => pcpus.length === 1)) return false;
  if (host !== null) return pins.every(({ pcpu }, index) => now[index][0].pcpu === pcpu);
  return new Set(now.map(([first]) => first.pcpu)).size === pins.length;
}

/** Lets all vCPUs of a machine run on all pCPUs of the host: where there are too few for one each. */
export function spreadKnobs(evidence: Evidence, machine: Machine): readonly Knob[] {
  const { id, vcpus } = machine;
  const { all } = pcpusOf(evidence);
  const threads = evidence.placement.vcpus.filter((vcpu) => vcpu.machine === id && vcpu.thread >= 0);
  if (vcpus.length > MOST) return [];
  const list = listText(all);
  return [
    {
      tool: 'libvirt XML',
      text: ['<cputune>', ...vcpus.map((vcpu) => `  <vcpupin vcpu='${vcpu.id}' cpuset='${list}'/>`), '</cputune>'].join(
        '\n',
      ),
      does: `lets the vCPUs of ${id} run on all pCPUs of the host`,
    },
    ...(threads.length === 0
      ? []
      : [
          {
            tool: 'shell on the host' as const,
            text: threads.map(({ thread }) => `taskset -c -p ${list} ${thread}`).join('\n'),
            does: 'likewise at once, for the threads of this recording',
          },
        ]),
    {
      tool: 'qvm configuration',
      text: vcpus.map(() => `cpu runmask ${all.join(',')}`).join('\n'),
      does: 'likewise; priorities and partitions that these lines have stay',
    },
    { tool: 'xl configuration', text: `cpus = "${list}"`, does: 'likewise' },
    spreadWithXl(machine, list),
  ];
}
