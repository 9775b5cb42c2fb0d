/** What a lane shows, in words: for tooltips, labels, the list and screen readers. Names are untrusted: all are made printable. */
import { KINDS_OF, NO_LABEL, OccupantKind } from '../../../../src/episodes/lanes.js';
import { ACCOUNT_MEANINGS } from '../../design/accounts.js';
import { formatCount, formatTime, shownName } from '../../design/text.js';
import type { AccountName, ExitLabel, Lane, Occupant, OccupantLabel, TimelineInfo } from '../../engine/engine.js';

export const OCCUPANT_MEANINGS: Readonly<Record<Occupant, string>> = {
  idle: 'nobody runs on it',
  vcpu: 'the thread of a vCPU runs on it, in the guest or for it',
  vmm: 'another thread of a VMM',
  other: 'a thread that belongs to no machine',
  interrupt: 'a handler of an interrupt, on top of whoever had it',
  unknown: 'nobody can say: lost events, or before the first one',
};

/** As in the legend. */
export const OCCUPANT_NAMES: Readonly<Record<Occupant, string>> = {
  idle: 'idle',
  vcpu: 'vCPU',
  vmm: 'VMM thread',
  other: 'other thread',
  interrupt: 'interrupt',
  unknown: 'unknown',
};

/** What has a pCPU and is no vCPU, in the order of the legend. */
export const PCPU_KINDS = [
  OccupantKind.vmm,
  OccupantKind.other,
  OccupantKind.interrupt,
  OccupantKind.idle,
  OccupantKind.unknown,
];

export const kindName = (type: Lane['type'], kind: number): AccountName | Occupant => KINDS_OF[type][kind];

/** What a kind is called where people read it. */
export const kindWord = (type: Lane['type'], kind: number): string =>
  type === 'vcpu' ? KINDS_OF.vcpu[kind] : OCCUPANT_NAMES[KINDS_OF.pcpu[kind]];

export const kindMeaning = (name: AccountName | Occupant, type: Lane['type']): string =>
  type === 'vcpu' ? ACCOUNT_MEANINGS[name as AccountName] : OCCUPANT_MEANINGS[name as Occupant];

/** "io · port 0x3f8, 1-byte write", as much as is known. */
export const exitText = ({ reason, detail }: ExitLabel): string =>
  shownName(detail === null ? reason : `${reason} · ${detail}`);

/** Short: for inside a segment. */
export const shortExit = ({ reason, detail, device }: ExitLabel): string => shownName(device ?? detail ?? reason);

export const occupantName = (occupant: OccupantLabel | undefined): string =>
  occupant === undefined ? 'not known' : shownName(occupant.name);

/** Whether the VMM kept the vCPU out of the guest (paused it, stopped it) in a segment of a vCPU lane with this label. */
export const isKeptOut = ({ exits }: TimelineInfo, label: number): boolean => exits[label]?.cause === 'vm-control';

/** What a segment is about, in a few words. */
export function segmentTitle(info: TimelineInfo, lane: Lane, kind: number, label: number): string {
  const name = kindWord(lane.type, kind);
  if (label === NO_LABEL) return name;
  if (lane.type === 'pcpu') return occupantName(info.occupants[label]);
  const exit = info.exits[label];
  return exit === undefined ? name : exitText(exit);
}

/** What is written into a segment that has room. */
export function segmentLabel(info: TimelineInfo, lane: Lane, kind: number, label: number): string {
  if (lane.type === 'pcpu') return label === NO_LABEL ? '' : occupantName(info.occupants[label]);
  const name = kindName('vcpu', kind);
  const exit = label === NO_LABEL ? undefined : info.exits[label];
  // Halted is halted: what it halted with says nothing more.
  if (name === 'guest' || name === 'unknown' || exit === undefined) return name === 'guest' ? '' : name;
  return name === 'idle' || name === 'poll' || name === 'preempted' || name === 'wakeup' ? name : shortExit(exit);
}

/** With every nanosecond: "12.3 µs (12,345 ns)". */
export function exactTime(ns: number): string {
  const short = formatTime(ns);
  const exact = `${formatCount(ns)} ns`;
  return ns < 1000 || short.endsWith('cycles') ? short : `${short} (${exact})`;
}
