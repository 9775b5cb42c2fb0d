/** The tables below the first screen. */

import { formatCount, formatNs, formatShare } from '../../base/quantities.js';
import type { CulpritRow, ExitGroup, Explanation, GroupBy, WorstEpisode } from '../../explain/explanation.js';
import { urgencyOf } from '../../findings/urgency.js';
import type { AccountName } from '../../ledger/accounts.js';
import { culpritKindText } from '../culprit-kinds.js';
import { ofMachines } from '../recorded-words.js';
import { printable, printableMessage } from '../untrusted.js';
import { KEPT_OUT_PARTS } from './ledger-table.js';
import type { Style } from './style.js';
import { type Column, omitted, tableLines } from './table.js';

export function exitLines(explanation: Explanation, by: GroupBy, top: number, style: Style): string[] {
  const isGuests = (group: ExitGroup) => group.cause !== 'vm-control';
  // A row about one vCPU is a share of its own time, any other one of the time of all.
  const isPerVcpu = by === 'vcpu';
  const all = isPerVcpu ? withoutKeptOut(explanation) : explanation.groups[by];
  const groups = isPerVcpu ? all : [...all.filter(isGuests), ...all.filter((group) => !isGuests(group))];
  const sums = keptOutSums(explanation);
  const keptOut: Column<ExitGroup> = {
    title: 'kept out',
    align: 'right',
    cell: ({ key }) => formatNs(sums.get(key)?.keptOut ?? 0),
  };
  const isVmmSeen = !explanation.quality.notRecorded.includes('vmm');
  const untold = untoldAccounts(explanation);
  const time = (group: ExitGroup, account: (typeof SHOWN_ACCOUNTS)[number]) =>
    group.ledgerNs[account] === 0 && untold(group).includes(account) ? '–' : formatNs(group.ledgerNs[account]);
  const whole = isPerVcpu ? explanation.recording.durationNs : explanation.totals.durationNs;
  const columns: Column<ExitGroup>[] = [
    { title: by === 'reason' ? 'cause: reason' : by, align: 'left', cell: label },
    { title: 'exits', align: 'right', cell: (group) => formatCount(group.count) },
    { title: 'to VMM', align: 'right', cell: (group) => (isVmmSeen ? formatCount(group.reachedVmm) : '–') },
    {
      title: 'guest delay',
      align: 'right',
      cell: (group) => (isUntold(group) ? '–' : formatNs(group.guestDelayNs)),
    },
    {
      title: isPerVcpu ? 'of T' : 'of all T',
      align: 'right',
      cell: (group) => (isUntold(group) ? '–' : formatShare(group.guestDelayNs, whole)),
    },
    ...SHOWN_ACCOUNTS.map(
      (account): Column<ExitGroup> => ({ title: account, align: 'right', cell: (group) => time(group, account) }),
    ),
    ...(isPerVcpu ? [keptOut] : []),
    { title: 'waiting', align: 'right', cell: ({ ledgerNs }) => formatNs(ledgerNs.wakeup + ledgerNs.preempted) },
    { title: 'p50', align: 'right', cell: (row) => formatNs(row.p50Ns), group: 'length' },
    { title: 'p99', align: 'right', cell: (row) => formatNs(row.p99Ns), group: 'length' },
    { title: 'max', align: 'right', cell: (row) => formatNs(row.maxNs), group: 'length' },
  ];
  return [
    style.bold(
      `Exits by ${by}, most guest delay first${isPerVcpu || groups.every(isGuests) ? '' : ', what the VMM kept out last'}`,
    ),
    ...tableLines(groups.slice(0, top), columns, style),
    ...omitted(groups.length - top, style),
    style.dim(
      `  guest delay = all columns up to waiting = wakeup + preempted${isPerVcpu ? ', without kept out by the VMM · ' : ' · all T = T × vCPUs · '}p50, p99, max: exit to next entry`,
    ),
  ];
}

const SHOWN_ACCOUNTS = ['hypervisor', 'vmm', 'interrupt', 'blocked'] as const;

/** Whether these exits are counted, and nothing is known of what they took. */
const isUntold = ({ count, timed, ledgerNs }: ExitGroup): boolean =>
  count > 0 && timed === 0 && Object.values(ledgerNs).every((ns) => ns === 0);

/** The accounts of which a 0 in a group's row tells nothing. */
function untoldAccounts({ machines, quality }: Explanation): (group: ExitGroup) => readonly AccountName[] {
  const ofVcpus = new Map<string, readonly AccountName[]>(
    machines.flatMap(({ id, vcpus, recorded }) =>
      vcpus.map((vcpu) => [`${id} vCPU ${vcpu.id}`, recorded.notRecorded] as const),
    ),
  );
  return (group) => (isUntold(group) ? SHOWN_ACCOUNTS : (ofVcpus.get(group.key) ?? quality.notRecorded));
}

interface KeptOut {
  keptOut: number;
  readonly parts: { hypervisor: number; vmm: number; blocked: number };
}

/** By the key of the vCPU's group. */
function keptOutSums({ exits }: Explanation): Map<string, KeptOut> {
  const sums = new Map<string, KeptOut>();
  for (const { machine, vcpu, cause, ledgerNs } of exits) {
    if (cause !== 'vm-control') continue;
    const key = `${machine} vCPU ${vcpu}`;
    const sum = sums.get(key) ?? { keptOut: 0, parts: { hypervisor: 0, vmm: 0, blocked: 0 } };
    sums.set(key, sum);
    for (const part of KEPT_OUT_PARTS) {
      sum.parts[part] += ledgerNs[part];
      sum.keptOut += ledgerNs[part];
    }
  }
  return sums;
}

/** The vCPUs as the ledger shows them: time kept out by the VMM is no delay of the guest, it stands apart. */
function withoutKeptOut(explanation: Explanation): ExitGroup[] {
  const sums = keptOutSums(explanation);
  return explanation.groups.vcpu
    .map((group) => {
      const sum = sums.get(group.key);
      if (sum === undefined) return group;
      const ledgerNs = { ...group.ledgerNs };
      for (const part of KEPT_OUT_PARTS) ledgerNs[part] -= sum.parts[part];
      return { ...group, ledgerNs, guestDelayNs: group.guestDelayNs - sum.keptOut };
    })
    .sort((a, b) => b.guestDelayNs - a.guestDelayNs);
}

/** What the reasons of the largest groups mean, and who made them happen. */
export function meaningLines({ groups, reasons }: Explanation, top: number, style: Style): string[] {
  const shown = new Set(groups.reason.slice(0, top).map((group) => group.reason));
  const lines = reasons
    .filter(({ name }) => shown.has(name))
    .map(({ name, trigger, meaning }) => `  ${printable(name)} (${trigger}): ${meaning}`);
  return lines.length === 0 ? [] : [style.bold('What these exits mean, and who caused them'), ...lines];
}

function label({ key, device, detail }: ExitGroup): string {
  return detail !== null && device !== null ? `${printable(key)} = ${printable(device)}` : printable(key);
}

export function culpritLines(explanation: Explanation, top: number, style: Style): string[] {
  const { culprits, recording } = explanation;
  if (culprits.length === 0) return [];
  const columns: Column<CulpritRow>[] = [
    { title: 'vCPU', align: 'left', cell: (row) => `${row.machine}/${row.vcpu}` },
    { title: 'account', align: 'left', cell: (row) => row.account },
    { title: 'who had the pCPU', align: 'left', cell: (row) => printable(row.name) },
    {
      title: 'kind',
      align: 'left',
      cell: (row) => `${culpritKindText(recording.hypervisor, row.kind)}${urgencyOf(explanation, row)}`,
    },
    { title: 'time', align: 'right', cell: (row) => formatNs(row.ns) },
    { title: 'of T', align: 'right', cell: (row) => formatShare(row.ns, recording.durationNs) },
    { title: 'times', align: 'right', cell: (row) => formatCount(row.count) },
  ];
  return [
    style.bold('Culprits: who ran while a vCPU waited for its pCPU'),
    ...tableLines(culprits.slice(0, top), columns, style),
    ...omitted(culprits.length - top, style),
  ];
}

export function worstLines({ worst }: Explanation, top: number, style: Style): string[] {
  if (worst.length === 0) return [];
  const columns: Column<WorstEpisode>[] = [
    { title: 'at', align: 'right', cell: (row) => row.clockTime },
    { title: 'vCPU', align: 'left', cell: (row) => `${row.machine}/${row.vcpu}` },
    { title: 'pCPU', align: 'left', cell: (row) => String(row.pcpu) },
    { title: 'guest delay', align: 'right', cell: (row) => formatNs(row.guestDelayNs) },
    { title: 'lasted', align: 'right', cell: (row) => formatNs(row.durationNs) },
    { title: 'what', align: 'left', cell: what },
    { title: 'mostly', align: 'left', cell: mostly },
  ];
  return [
    style.bold('Worst episodes: when a guest was kept waiting longest (time on the recorder\u2019s clock)'),
    ...tableLines(worst.slice(0, top), columns, style),
    style.dim(
      '  lasted: from exit to entry. A delay that is longer includes host interrupts that were served before the exit was written down.',
    ),
  ];
}

function what({ cause, reason, detail, device }: WorstEpisode): string {
  return `${cause}: ${detail === null ? reason : printable(detail)}${device === null ? '' : ` = ${printable(device)}`}`;
}

/** The account with most of the time, and who had the pCPU then where that is a wait. */
function mostly({ ledgerNs, culprits }: WorstEpisode): string {
  const [account, time] = Object.entries(ledgerNs).reduce((a, b) => (b[1] > a[1] ? b : a));
  const own = culprits.filter((culprit) => culprit.account === account && culprit.kind !== 'unknown');
  if (own.length === 0) return `${account} ${formatNs(time)}`;
  const main = own.reduce((a, b) => (b.ns > a.ns ? b : a));
  return `${account} ${formatNs(time)}: ${main.kind === 'idle pCPU' ? 'pCPU asleep' : printable(main.name)}`;
}

export function qualityLines(explanation: Explanation, style: Style): string[] {
  const { quality, recording } = explanation;
  const issues = quality.issues.flatMap((issue) => {
    const where = issue.offset === undefined ? '' : ` (${printable(issue.source ?? '')}, offset ${issue.offset})`;
    const line = `  ${issue.severity}: ${printableMessage(issue.message)}${where}`;
    return issue.hint === undefined ? [line] : [line, style.dim(`    ${printableMessage(issue.hint)}`)];
  });
  const bounds = quality.upperBounds
    .filter(({ account }) => !quality.notRecorded.includes(account))
    .map(({ account, contains }) => {
      const of = ofMachines(explanation, ({ upperBounds }) => upperBounds.some((bound) => bound.account === account));
      return `  ${account} also contains ${contains.join(', ')}${of}`;
    });
  const lost = recording.lostEvents === 0 ? '' : `, ${formatCount(recording.lostEvents)} lost`;
  return [
    style.bold(`Data quality: ${quality.grade} (${formatCount(recording.events)} events${lost})`),
    ...issues,
    ...bounds,
  ];
}
