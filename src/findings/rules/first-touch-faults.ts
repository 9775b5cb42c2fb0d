/** The guest uses memory that the host has not given it yet. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { medianOf, sumExits, WORK } from '../costs.js';
import type { Evidence, Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { kernelExitOf } from '../floors.js';
import { memoryFaults, ramOf } from '../memory-faults.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

const HUGE_PAGE = 2 * 1024 * 1024;

/**
 * A fault that takes less than this many exits which the kernel answers has not cleared a huge page: that alone takes 50 µs
 * and more (2 MiB at 40 GB/s), some 70 of the cheapest such exits, while a small page takes two to four of them.
 */
const MOST_EXITS_OF_SMALL = 20;

/**
 * Of the same work with small pages and with huge ones, what huge ones save: clearing the memory remains. From a pair of
 * our own recordings (72 MiB touched): 1,154 ms against 271 ms.
 */
const SAVED_BY_HUGE = 0.75;

const HUGE_PAGES: readonly Knob[] = [
  {
    tool: 'shell on the host',
    text: 'echo always > /sys/kernel/mm/transparent_hugepage/enabled',
    does: 'gives memory in huge pages where it can, to VMMs that are started after it',
  },
  {
    tool: 'shell on the host',
    text: 'echo 1024 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages',
    does: 'sets 2 GiB aside for the next two',
  },
  {
    tool: 'QEMU option',
    text: '-m 2G -object memory-backend-memfd,id=ram0,size=2G,hugetlb=on,hugetlbsize=2M,prealloc=on -machine memory-backend=ram0',
    does: 'takes all memory in huge pages before the guest starts',
  },
  {
    tool: 'libvirt XML',
    text: "<memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages><allocation mode='immediate'/></memoryBacking>",
    does: 'takes all memory in huge pages before the guest starts',
  },
];

const PREALLOCATION: readonly Knob[] = [
  {
    tool: 'QEMU option',
    text: '-m 2G -object memory-backend-ram,id=ram0,size=2G,prealloc=on -machine memory-backend=ram0',
    does: 'takes all memory before the guest starts',
  },
  {
    tool: 'libvirt XML',
    text: "<memoryBacking><allocation mode='immediate'/></memoryBacking>",
    does: 'takes all memory before the guest starts',
  },
  { tool: 'xl configuration', text: 'memory = 2048\nmaxmem = 2048', does: 'gives all memory at once, none on demand' },
];

export const firstTouchFaults: Rule = {
  id: 'first-touch-faults',
  title: 'the guest uses memory that the host has not given it yet',
  explanation: [
    'Memory of a virtual machine is usually taken from the host when the guest first touches it: a second-level page fault, in which the host finds a page, clears it and maps it. With pages of 4 KiB that happens 512 times as often as with huge pages of 2 MiB, and every later walk of the page tables is longer, which costs time that no event shows.',
    'That it costs only once is no comfort where it happens in the work that is measured, or where the memory was taken back meanwhile.',
    'qvm on QNX has all memory of its guests from the start. That it clears it first, which can take seconds, is a rule of thumb from a course; it is part of starting, and of no load after that.',
  ],
  firesWhen: `There were page faults at pages that were not mapped. Pages are taken for small ones where the configuration gives the machine less memory than so many huge pages have, or where a fault took less than ${MOST_EXITS_OF_SMALL} times as long as an exit that the kernel answers. Huge pages are expected to save ${100 * SAVED_BY_HUGE} % of the cost (from a pair of our recordings), memory that is taken in advance all of it.`,
  knobs: [...HUGE_PAGES, ...PREALLOCATION],
  sources: [
    'Linux, Documentation/admin-guide/mm/transhuge.rst and hugetlbpage.rst',
    'Bhargava et al., Accelerating Two-Dimensional Page Walks for Virtualized Systems, ASPLOS 2008',
    'libvirt, Domain XML format: memory backing',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(memoryFaults(evidence, machine, 'missing'), others);
  const { count, workNs } = sumExits(rows);
  if (workNs === 0) return [];
  const small = smallPages(evidence, machine, rows, count);
  const each = medianOf(rows);
  const median = each === undefined ? '' : `; half of them took ${formatNs(each)} or less`;
  return [
    {
      rule: 'first-touch-faults',
      title: `${machine.id} touched memory that the host had not given it yet ${counted(count, 'time')}: ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: workNs,
        likelyNs: Math.round((small === undefined ? 1 : SAVED_BY_HUGE) * workNs),
        reasoning:
          small === undefined
            ? 'Memory that is taken before the guest starts costs nothing later; the start takes as much longer.'
            : 'Estimate from a pair of recordings of the same work: huge pages save three quarters, clearing the memory remains. Taken before the guest starts it costs nothing later.',
      },
      evidence: `${small ?? 'The pages are huge ones by the time that a fault took, or they were there already'}${median}${hugePagesOf(evidence)}.`,
      references: referencesTo(rows),
      remedy:
        small === undefined
          ? 'Take the memory before the guest starts.'
          : "Back the guest's memory with huge pages, and take it before the guest starts.",
      knobs: sized(small === undefined ? PREALLOCATION : HUGE_PAGES, ramOf(evidence, machine)),
      risk: 'Memory that is taken in advance is lost to the rest of the host, and cannot be given to more machines than there is room for.',
      verify: 'Record again: fewer page faults of the kind "page not mapped", or none.',
      confidence: small === undefined ? 'medium' : 'high',
    },
  ];
}

/** Why the pages are small ones; undefined: nothing says that they are. */
function smallPages(
  evidence: Evidence,
  machine: Machine,
  rows: Parameters<typeof medianOf>[0],
  count: number,
): string | undefined {
  const ram = ramOf(evidence, machine);
  if (ram !== undefined && count * HUGE_PAGE > ram)
    return `The pages are small ones: ${counted(count, 'huge page')} would be more than its memory of ${Math.round(ram / 2 ** 20)} MiB`;
  const each = medianOf(rows);
  const exit = kernelExitOf(evidence, machine);
  return each !== undefined && each < MOST_EXITS_OF_SMALL * exit.ns
    ? `The pages are small ones: clearing a huge one takes far longer than these faults took, compared to other exits (${formatNs(exit.ns)}, ${exit.basis})`
    : undefined;
}

/** What facts of the host say of huge pages that nobody has to ask for. */
function hugePagesOf({ host }: Evidence): string {
  const mode = host?.hugePages.transparent ?? null;
  return mode === null ? '' : `; the host gives transparent huge pages: ${mode}`;
}

/** For the memory of this machine; where that is not known, names in CAPITALS stand for it. */
function sized(knobs: readonly Knob[], ram: number | undefined): readonly Knob[] {
  const mib = ram === undefined ? undefined : Math.ceil(ram / 2 ** 20);
  const pages = ram === undefined ? undefined : Math.ceil(ram / HUGE_PAGE);
  const size = mib === undefined ? 'SIZE' : `${mib}M`;
  return knobs.map((knob) => ({
    ...knob,
    text: knob.text
      .replace('echo 1024 >', `echo ${pages ?? 'PAGES'} >`)
      .replaceAll(/\b2G\b/g, size)
      .replaceAll('= 2048', `= ${mib ?? 'MIB'}`),
    does: knob.does.replace(
      'sets 2 GiB aside',
      pages === undefined ? 'sets memory aside, 512 PAGES for each GiB,' : `sets ${mib} MiB aside`,
    ),
  }));
}
