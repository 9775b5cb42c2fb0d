/** The ledger of each vCPU, as a table and as bars. */

import { counted, formatNs, formatShare } from '../../base/quantities.js';
import type { Explanation, Machine, Vcpu } from '../../explain/explanation.js';
import { ACCOUNTS, type AccountName } from '../../ledger/accounts.js';
import { printable } from '../untrusted.js';
import { shareBar } from './share-bar.js';
import type { Style } from './style.js';
import { type Column, omitted, tableLines } from './table.js';

const WIDEST_BAR = 60;
const LEAST_BAR = 10;
/** The accounts as the table shows them: time kept out by the VMM stands apart, after `blocked`. */
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
  readonly notRecorded: readonly AccountName[];
  /** Kept-out time within the accounts. */
  readonly keptOutParts: Partial<Record<ShownAccount, number>>;
}

/** The accounts of which parts are kept-out time. */
export const KEPT_OUT_PARTS = ['hypervisor', 'vmm', 'blocked'] as const;

function shownNs({ ledgerNs, keptOutNs, keptOutParts }: NamedVcpu, account: ShownAccount): number {
  return account === 'kept out' ? keptOutNs : ledgerNs[account] - (keptOutParts[account] ?? 0);
}

/** In place of a share of an account whose events were not recorded. */
const NOT_RECORDED = '–';

/** Time kept out by the VMM is known by returns to it. */
const isRecorded = (account: ShownAccount, notRecorded: readonly AccountName[]): boolean =>
  !notRecorded.includes(account === 'kept out' ? 'vmm' : account);

function namedVcpus({ machines, exits }: Explanation): NamedVcpu[] {
  const vcpus = new Map<string, NamedVcpu & { keptOutParts: Partial<Record<ShownAccount, number>> }>();
  for (const machine of machines) {
    for (const vcpu of machine.vcpus) {
      const name = `${machine.id}/${vcpu.id}`;
      vcpus.set(name, { ...vcpu, name, notRecorded: machine.recorded.notRecorded, keptOutParts: {} });
    }
  }
  for (const row of exits) {
    if (row.cause !== 'vm-control') continue;
    const parts = vcpus.get(`${row.machine}/${row.vcpu}`)?.keptOutParts ?? {};
    for (const part of KEPT_OUT_PARTS) parts[part] = (parts[part] ?? 0) + row.ledgerNs[part];
  }
  return [...vcpus.values()];
}

/** What rows about vCPUs are about. */
export const whoRan = ({ machines }: Explanation): string =>
  machines.every(({ vcpusKnown }) => vcpusKnown) ? 'vCPU' : 'pCPU';

export function ledgerLines(explanation: Explanation, top: number, style: Style): string[] {
  const all = namedVcpus(explanation);
  const vcpus = all.slice(0, top);
  const machines = explanation.machines.slice(0, top);
  const nothing = (account: ShownAccount, { notRecorded }: NamedVcpu) =>
    isRecorded(account, notRecorded) ? '·' : NOT_RECORDED;
  const columns: Column<NamedVcpu>[] = [
    { title: whoRan(explanation), align: 'left', cell: (vcpu) => vcpu.name },
    ...SHOWN_ACCOUNTS.map(
      (account): Column<NamedVcpu> => ({
        title: account,
        align: 'right',
        cell: (vcpu) =>
          shownNs(vcpu, account) === 0 ? nothing(account, vcpu) : formatShare(shownNs(vcpu, account), vcpu.durationNs),
      }),
    ),
  ];
  const hint = all.every(({ notRecorded }) => notRecorded.length === 0) ? '' : `; ${NOT_RECORDED} above: not recorded`;
  const legend = SHOWN_ACCOUNTS.map((account) => `${BAR_LETTER[account]} ${account}`).join('  ');
  return [
    style.bold(
      `The ledger: every ${explanation.recording.timeUnit === 'ns' ? 'nanosecond' : 'cycle'} of every ${whoRan(explanation)}, in shares of T = ${formatNs(explanation.recording.durationNs)}`,
    ),
    ...tableLines(vcpus, columns, style),
    ...omitted(all.length - top, style),
    '',
    ...barLines(vcpus, style),
    style.dim(`  ${legend} (shares, not a time line${hint})`),
    ...machines.map((machine) =>
      style.dim(`  ${machine.id} = ${printable(machine.name)}${threadList(machine, explanation.recording.hypervisor)}`),
    ),
  ];
}

/** On Xen no threads of a host run vCPUs: their names tell all. */
function threadList({ vcpus, vcpusKnown }: Machine, hypervisor: string): string {
  if (!vcpusKnown) return '';
  const names = vcpus.map(({ id, thread, threadName }) => {
    const name = threadName === undefined ? [] : [`"${printable(threadName)}"`];
    return `${id}: ${[...(hypervisor === 'xen' ? [] : [`thread ${thread}`]), ...name].join(' ')}`;
  });
  return `; vCPU ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
}

/** "  vm1/0 |GGGhh....| 3,588 exits" */
function barLines(vcpus: readonly NamedVcpu[], style: Style): string[] {
  const longest = Math.max(...vcpus.map(({ name }) => name.length));
  const exits = vcpus.map((vcpu) => counted(vcpu.exits, 'exit'));
  const beside = '   || '.length + longest + Math.max(...exits.map((text) => text.length));
  const width = Math.max(LEAST_BAR, Math.min(WIDEST_BAR, style.width - beside));
  return vcpus.map((vcpu, index) => `  ${vcpu.name.padEnd(longest)} |${bar(vcpu, width)}| ${exits[index]}`);
}

function bar(vcpu: NamedVcpu, width: number): string {
  const parts = SHOWN_ACCOUNTS.map((account) => ({ letter: BAR_LETTER[account], amount: shownNs(vcpu, account) }));
  return shareBar(parts, vcpu.durationNs, width);
}
