/** The pCPU map: who had each pCPU, as the recording shows, against where vCPUs were meant to run. */

import { counted, formatCount, formatNs, formatShare } from '../../base/quantities.js';
import type { Explanation } from '../../explain/explanation.js';
import type { PcpuPlacement, Placement, VcpuPlacement } from '../../explain/placement.js';
import { cpuListText } from '../../platform/host/cpu-list.js';
import type { HostPcpu } from '../../platform/host/host-platform.js';
import { type BarPart, shareBar } from './share-bar.js';
import type { Style } from './style.js';
import { type Column, omitted, tableLines } from './table.js';

/** Characters of a bar at most, and at least; the columns beside the bar take so many without those of places. */
const WIDEST_BAR = 40;
const LEAST_BAR = 10;
const BESIDE_THE_BAR = 48;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Of who else has a pCPU. Xen has no processes. */
const THREAD_LETTERS = 'k kernel  o other processes';
const XEN_LETTERS = 'k Xen itself  o vCPUs of other domains';
/** In place of a letter for vCPUs that come after the last one. */
const FURTHER = '#';
/** pCPUs that a row of vCPUs names. */
const PCPUS_NAMED = 4;

interface LetteredVcpu extends VcpuPlacement {
  readonly name: string;
  readonly letter: string;
}

/** Nothing where there is nothing to see: vCPUs on one pCPU, where they are meant to be. */
export function pcpuMapLines(explanation: Explanation, top: number, style: Style): string[] {
  const { placement } = explanation;
  if (!hasSomethingToSay(placement)) return [];
  const vcpus = placement.vcpus.map((vcpu, index): LetteredVcpu => {
    return { ...vcpu, name: `${vcpu.machine}/${vcpu.vcpu}`, letter: LETTERS[index] ?? FURTHER };
  });
  return [
    style.bold('The pCPU map: who had each pCPU, and where vCPUs were meant to run'),
    ...pcpuLines(explanation, vcpus, top, style),
    ...vcpuLines(explanation, vcpus, top, style),
    ...demandLines(explanation, style),
  ];
}

function hasSomethingToSay({ vcpus, pcpus, demand }: Placement): boolean {
  const used = new Set(vcpus.flatMap((vcpu) => vcpu.pcpus.map(({ pcpu }) => pcpu)));
  const isElsewhere = vcpus.some(({ elsewhereNs }) => (elsewhereNs ?? 0) > 0);
  const isShared = pcpus?.some(({ sharedNs }) => sharedNs > 0) === true;
  if (pcpus === null) return vcpus.some(({ moves }) => moves > 0);
  return used.size > 1 || isElsewhere || isShared || (demand?.aboveHostNs ?? 0) > 0;
}

/** pCPUs on which vCPUs ran, waited, or were meant to run; by node and cluster where facts of the host tell them. */
function pcpuLines(
  { placement, recording, host }: Explanation,
  vcpus: readonly LetteredVcpu[],
  top: number,
  style: Style,
) {
  const { pcpus } = placement;
  if (pcpus === null) return [];
  const meant = new Set(vcpus.flatMap((vcpu) => meantFor(vcpu) ?? []));
  const concerned = pcpus.filter(({ pcpu, vcpuNs, waitedForNs }) => vcpuNs > 0 || waitedForNs > 0 || meant.has(pcpu));
  const shown = concerned.slice(0, top);
  const facts = new Map((host?.pcpus ?? []).map((pcpu) => [pcpu.pcpu, pcpu]));
  const share = (ns: number) => (ns === 0 ? '·' : formatShare(ns, recording.durationNs));
  const places = placeColumns(shown, facts);
  const room = style.width - BESIDE_THE_BAR - widthOf(places, shown);
  const width = Math.max(LEAST_BAR, Math.min(WIDEST_BAR, room));
  const columns: Column<PcpuPlacement>[] = [
    { title: 'pCPU', align: 'left', cell: ({ pcpu }) => `${pcpu}${facts.get(pcpu)?.isolated === true ? '*' : ''}` },
    ...places,
    { title: 'shares of T', align: 'left', cell: (cpu) => `|${bar(cpu, vcpus, recording.durationNs, width)}|` },
    { title: 'vCPUs', align: 'right', cell: ({ vcpuNs }) => share(vcpuNs) },
    { title: 'others', align: 'right', cell: ({ vmmNs, kernelNs, processNs }) => share(vmmNs + kernelNs + processNs) },
    { title: 'idle', align: 'right', cell: ({ idleNs }) => share(idleNs) },
    { title: 'waited for', align: 'right', cell: ({ waitedForNs }) => share(waitedForNs) },
  ];
  const without = pcpus.length - concerned.length;
  const notes = [
    ...(shown.some(({ pcpu }) => facts.get(pcpu)?.isolated === true) ? ['* isolated from balancing'] : []),
    ...(without > 0 ? [`${counted(without, 'further pCPU')} ran no vCPU`] : []),
  ];
  return [
    ...tableLines(shown, columns, style),
    ...omitted(concerned.length - top, style),
    style.dim(
      `  letters: vCPUs, as below  v VMM  ${recording.hypervisor === 'xen' ? XEN_LETTERS : THREAD_LETTERS}  . idle  ? unknown`,
    ),
    ...(notes.length === 0 ? [] : [style.dim(`  ${notes.join('; ')}`)]),
  ];
}

/** Characters that columns take, with the space between them. */
const widthOf = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): number =>
  columns.reduce((sum, column) => {
    const cells = rows.map((row) => column.cell(row).length);
    return sum + 2 + Math.max(column.title.length, ...cells);
  }, 0);

/** Where a pCPU is, as far as that differs among those that are shown. */
function placeColumns(shown: readonly PcpuPlacement[], facts: ReadonlyMap<number, HostPcpu>): Column<PcpuPlacement>[] {
  const factsOf = ({ pcpu }: PcpuPlacement) => facts.get(pcpu);
  const differs = (of: (pcpu: HostPcpu) => unknown) => new Set([...facts.values()].map(of)).size > 1;
  const column = (title: string, of: (pcpu: HostPcpu) => number | string | null): Column<PcpuPlacement> => {
    return { title, align: 'left', cell: (cpu) => String((factsOf(cpu) && of(factsOf(cpu)!)) ?? '') };
  };
  const hasSiblings = shown.some((cpu) => (factsOf(cpu)?.siblings.length ?? 0) > 1);
  return [
    ...(differs(({ node }) => node) ? [column('node', ({ node }) => node)] : []),
    ...(differs(({ cluster }) => cluster) ? [column('cluster', ({ cluster }) => cluster)] : []),
    ...(differs(({ capacity }) => capacity) ? [column('capacity', ({ capacity }) => capacity)] : []),
    ...(hasSiblings ? [column('core', ({ siblings }) => siblings.join('+'))] : []),
  ];
}

function bar(
  { pcpu, ...cpu }: PcpuPlacement,
  vcpus: readonly LetteredVcpu[],
  durationNs: number,
  width: number,
): string {
  const own = vcpus.map(({ letter, pcpus }): BarPart => {
    return { letter, amount: pcpus.find((place) => place.pcpu === pcpu)?.ns ?? 0 };
  });
  const ofChosen = own.reduce((sum, { amount }) => sum + amount, 0);
  const parts = [
    ...own,
    { letter: FURTHER, amount: cpu.vcpuNs - ofChosen },
    { letter: 'v', amount: cpu.vmmNs },
    { letter: 'k', amount: cpu.kernelNs },
    { letter: 'o', amount: cpu.processNs },
    { letter: '?', amount: cpu.unknownNs },
    { letter: '.', amount: cpu.idleNs },
  ];
  return shareBar(parts, durationNs, width);
}

const meantFor = ({ configured, affinity }: VcpuPlacement): readonly number[] | null => configured ?? affinity;

function vcpuLines({ recording }: Explanation, vcpus: readonly LetteredVcpu[], top: number, style: Style): string[] {
  const { durationNs } = recording;
  const isMeant = vcpus.some((vcpu) => meantFor(vcpu) !== null);
  const columns: Column<LetteredVcpu>[] = [
    { title: 'vCPU', align: 'left', cell: ({ letter, name }) => `${letter} ${name}` },
    ...(isMeant ? [{ title: 'meant for', align: 'left', cell: meantText } as const] : []),
    { title: 'ran on', align: 'left', cell: (vcpu) => ranText(vcpu, durationNs) },
    { title: 'moves', align: 'right', cell: ({ moves }) => formatCount(moves) },
    ...(isMeant ? [{ title: 'elsewhere', align: 'right', cell: elsewhereText } as const] : []),
  ];
  return [
    ...tableLines(vcpus.slice(0, top), columns, style),
    ...omitted(vcpus.length - top, style),
    ...(isMeant
      ? []
      : [style.dim('  Where they are meant to run is not known: no --config or --host that says it was given.')]),
  ];
}

function meantText(vcpu: VcpuPlacement): string {
  const meant = meantFor(vcpu);
  return meant === null ? '–' : `pCPU ${cpuListText(meant)}`;
}

const elsewhereText = ({ elsewhereNs }: VcpuPlacement): string => {
  if (elsewhereNs === null) return '–';
  return elsewhereNs === 0 ? '·' : formatNs(elsewhereNs);
};

function ranText({ pcpus }: VcpuPlacement, durationNs: number): string {
  const named = pcpus
    .slice(0, PCPUS_NAMED)
    .map(({ pcpu, ns }) => (ns === null ? String(pcpu) : `${pcpu} (${formatShare(ns, durationNs)})`));
  const more = pcpus.length - named.length;
  return `pCPU ${named.join(', ')}${more > 0 ? `, ${more} more` : ''}`;
}

function demandLines({ placement: { demand, hostPcpus }, recording }: Explanation, style: Style): string[] {
  if (demand === null || demand.aboveHostNs === 0) return [];
  const { durationNs } = recording;
  const most = Math.max(...demand.runnable.map(({ vcpus }) => vcpus));
  const time = `${formatNs(demand.aboveHostNs)} (${formatShare(demand.aboveHostNs, durationNs)} of T)`;
  return [
    style.warn(
      `  More vCPUs than the ${counted(hostPcpus, 'pCPU')} of the host wanted to run at once for ${time}; up to ${most}.`,
    ),
  ];
}
