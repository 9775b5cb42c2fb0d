/** The tables below the first screen. */
import type { CulpritRow, ExitGroup, Explanation, GroupBy, Vcpu, WorstEpisode } from '../../explain/explanation.js';
import { ACCOUNTS, type AccountName } from '../../ledger/accounts.js';
import { formatCount, formatNs, formatShare } from '../quantities.js';
import { printable, printableMessage } from '../untrusted.js';
import type { Style } from './style.js';
import { type Column, tableLines } from './table.js';

const BAR_WIDTH = 60;
/** The accounts as the table shows them: what the VMM's pauses put into `blocked` stands apart. */
type ShownAccount = AccountName | 'kept out';
const SHOWN_ACCOUNTS: readonly ShownAccount[] = ACCOUNTS.flatMap((account): ShownAccount[] =>
  account === 'blocked' ? ['blocked', 'kept out'] : [account],
);

/** One character per account, so that the bar reads without colours. */
const BAR_LETTER: Record<ShownAccount, string> = {
  guest: 'G',
  hypervisor: 'h',
  vmm: 'v',
  interrupt: 'i',
  poll: 'p',
  idle: '.',
  blocked: 'b',
  'kept out': 'k',
  wakeup: 'w',
  preempted: 'x',
  unknown: '?',
};

interface NamedVcpu extends Vcpu {
  readonly name: string;
}

function shownNs({ ledgerNs, keptOutNs }: Vcpu, account: ShownAccount): number {
  if (account === 'kept out') return keptOutNs;
  return account === 'blocked' ? ledgerNs.blocked - keptOutNs : ledgerNs[account];
}

export function ledgerLines({ machines }: Explanation, style: Style): string[] {
  const vcpus = machines.flatMap((machine) =>
    machine.vcpus.map((vcpu): NamedVcpu => ({ ...vcpu, name: `${machine.id}/${vcpu.id}` })),
  );
  const columns: Column<NamedVcpu>[] = [
    { title: 'vCPU', align: 'left', cell: (vcpu) => vcpu.name },
    ...SHOWN_ACCOUNTS.map(
      (account): Column<NamedVcpu> => ({
        title: account,
        align: 'right',
        cell: (vcpu) => (shownNs(vcpu, account) === 0 ? '·' : formatShare(shownNs(vcpu, account), vcpu.durationNs)),
      }),
    ),
    { title: 'exits', align: 'right', cell: (vcpu) => formatCount(vcpu.exits) },
  ];
  const longest = Math.max(...vcpus.map((vcpu) => vcpu.name.length));
  const legend = SHOWN_ACCOUNTS.map((account) => `${BAR_LETTER[account]} ${account}`).join('  ');
  return [
    style.bold('The ledger: every nanosecond of every vCPU, in shares of T'),
    ...tableLines(vcpus, columns, style),
    '',
    ...vcpus.map((vcpu) => `  ${vcpu.name.padEnd(longest)} |${bar(vcpu)}|`),
    style.dim(`  ${legend}`),
    ...machines.map((machine) => style.dim(`  ${machine.id} = ${printable(machine.name)}${threadList(machine.vcpus)}`)),
  ];
}

function threadList(vcpus: readonly Vcpu[]): string {
  const names = vcpus.map(({ id, thread, threadName }) => {
    return `${id}: thread ${thread}${threadName === undefined ? '' : ` "${printable(threadName)}"`}`;
  });
  return `; vCPU ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
}

/** Each account gets its share of the characters, by largest remainder: the bar is always full. */
function bar(vcpu: Vcpu): string {
  const exact = SHOWN_ACCOUNTS.map((account) => (shownNs(vcpu, account) / (vcpu.durationNs || 1)) * BAR_WIDTH);
  const widths = exact.map(Math.floor);
  const byRemainder = exact.map((value, index) => [value % 1, index] as const).sort((a, b) => b[0] - a[0]);
  const missing = BAR_WIDTH - widths.reduce((sum, width) => sum + width, 0);
  for (const [, index] of byRemainder.slice(0, missing)) widths[index]++;
  return SHOWN_ACCOUNTS.map((account, index) => BAR_LETTER[account].repeat(widths[index])).join('');
}

export function exitLines(explanation: Explanation, by: GroupBy, top: number, style: Style): string[] {
  const isGuests = (group: ExitGroup) => group.cause !== 'vm-control';
  const all = explanation.groups[by];
  const groups = [...all.filter(isGuests), ...all.filter((group) => !isGuests(group))];
  const whole = explanation.totals.durationNs;
  const columns: Column<ExitGroup>[] = [
    { title: by === 'reason' ? 'cause: reason' : by, align: 'left', cell: label, widest: 56 },
    { title: 'exits', align: 'right', cell: (group) => formatCount(group.count) },
    { title: 'to VMM', align: 'right', cell: (group) => formatCount(group.reachedVmm) },
    { title: 'guest delay', align: 'right', cell: (group) => formatNs(group.guestDelayNs) },
    { title: 'of T', align: 'right', cell: (group) => formatShare(group.guestDelayNs, whole) },
    ...(['hypervisor', 'vmm', 'blocked'] as const).map(
      (account): Column<ExitGroup> => ({
        title: account,
        align: 'right',
        cell: (group) => formatNs(group.ledgerNs[account]),
      }),
    ),
    { title: 'waiting', align: 'right', cell: ({ ledgerNs }) => formatNs(ledgerNs.wakeup + ledgerNs.preempted) },
    { title: 'p50', align: 'right', cell: (group) => formatNs(group.p50Ns) },
    { title: 'p99', align: 'right', cell: (group) => formatNs(group.p99Ns) },
    { title: 'max', align: 'right', cell: (group) => formatNs(group.maxNs) },
  ];
  return [
    style.bold(
      `Exits by ${by}, most guest delay first (waiting: wakeup + preempted; p50, p99, max: from exit to next entry)`,
    ),
    ...tableLines(groups.slice(0, top), columns, style),
    ...omitted(groups.length - top, style),
  ];
}

function label({ key, device, detail }: ExitGroup): string {
  return detail !== null && device !== null ? `${printable(key)} = ${device}` : printable(key);
}

export function culpritLines({ culprits, totals }: Explanation, top: number, style: Style): string[] {
  if (culprits.length === 0) return [];
  const columns: Column<CulpritRow>[] = [
    { title: 'vCPU', align: 'left', cell: (row) => `${row.machine}/${row.vcpu}` },
    { title: 'account', align: 'left', cell: (row) => row.account },
    { title: 'who had the pCPU', align: 'left', cell: (row) => printable(row.name), widest: 44 },
    { title: 'kind', align: 'left', cell: (row) => row.kind },
    { title: 'time', align: 'right', cell: (row) => formatNs(row.ns) },
    { title: 'of T', align: 'right', cell: (row) => formatShare(row.ns, totals.durationNs) },
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
    { title: 'pCPU', align: 'right', cell: (row) => String(row.pcpu) },
    { title: 'guest delay', align: 'right', cell: (row) => formatNs(row.guestDelayNs) },
    { title: 'exit to entry', align: 'right', cell: (row) => formatNs(row.durationNs) },
    { title: 'what', align: 'left', cell: what, widest: 48 },
    { title: 'mostly', align: 'left', cell: mostly },
  ];
  return [
    style.bold('Worst episodes: when a guest was kept waiting longest (time on the recorder\u2019s clock)'),
    ...tableLines(worst.slice(0, top), columns, style),
  ];
}

function what({ cause, reason, detail, device }: WorstEpisode): string {
  return `${cause}: ${detail === null ? reason : printable(detail)}${device === null ? '' : ` = ${device}`}`;
}

function mostly({ ledgerNs }: WorstEpisode): string {
  const [account, time] = Object.entries(ledgerNs).reduce((a, b) => (b[1] > a[1] ? b : a));
  return `${account} ${formatNs(time)}`;
}

export function qualityLines({ quality, recording }: Explanation, style: Style): string[] {
  const issues = quality.issues.flatMap((issue) => {
    const where = issue.offset === undefined ? '' : ` (${printable(issue.source ?? '')}, offset ${issue.offset})`;
    const line = `  ${issue.severity}: ${printableMessage(issue.message)}${where}`;
    return issue.hint === undefined ? [line] : [line, style.dim(`    ${printableMessage(issue.hint)}`)];
  });
  const bounds = quality.upperBounds.map(
    ({ account, contains }) => `  ${account} also contains ${contains.join(', ')}`,
  );
  const lost = recording.lostEvents === 0 ? '' : `, ${formatCount(recording.lostEvents)} lost`;
  return [
    style.bold(`Data quality: ${quality.grade} (${formatCount(recording.events)} events${lost})`),
    ...issues,
    ...bounds,
  ];
}

function omitted(count: number, style: Style): string[] {
  return count > 0 ? [style.dim(`  … and ${formatCount(count)} more (--top, or --json for all)`)] : [];
}
