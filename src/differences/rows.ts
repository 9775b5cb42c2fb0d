/** What is compared: accounts, causes and details of each machine, and of each of its vCPUs, with their windows. */
import type { ExitSeries, Series, VcpuSeries } from '../explain/series.js';
import type { AccountName } from '../ledger/accounts.js';
import type { AlignedMachine, Both, DifferenceRow, SideName } from './difference.js';
import { AWAKE, addTo, awakeNs } from './windows.js';

type Names = Pick<DifferenceRow, 'kind' | 'machine' | 'vcpu' | 'account' | 'cause' | 'reason' | 'detail' | 'device'>;

/** What one side has of a row, by slice. */
export interface RowSlices {
  readonly timeNs: Float64Array;
  /** null for accounts. */
  readonly exits: Float64Array | null;
}

export interface ComparedRow extends Names {
  readonly slices: Both<RowSlices>;
  readonly scope: Both<ScopeSlices>;
}

/** The vCPUs that a row is about, by slice. */
export interface ScopeSlices {
  readonly vcpus: number;
  readonly awakeNs: Float64Array;
  readonly guestNs: Float64Array;
  readonly delayNs: Float64Array;
}

/** Details of a machine that are compared: those with most exits and time on either side. */
const MOST_DETAILS = 300;

const NO_NAMES = { account: null, cause: null, reason: null, detail: null, device: null };

interface Part {
  readonly series: Series;
  readonly vcpus: readonly VcpuSeries[];
}

/** All rows of a pair of machines. */
export function rowsOf({ before, after, ...aligned }: AlignedMachine, series: Both<Series>): ComparedRow[] {
  const vcpus = { before: vcpusOf(series.before, before.id), after: vcpusOf(series.after, after.id) };
  const common = vcpus.before.filter(({ vcpu }) => !aligned.vcpusOnlyBefore.includes(vcpu)).map(({ vcpu }) => vcpu);
  const partOf = (side: SideName, numbers: readonly number[]): Part => ({
    series: series[side],
    vcpus: vcpus[side].filter(({ vcpu }) => numbers.includes(vcpu)),
  });
  const parts = (numbers: readonly number[]) => ({
    before: partOf('before', numbers),
    after: partOf('after', numbers),
  });
  const machine = before.id;
  const all = [
    ...accountRows(machine, null, parts(common)),
    ...exitRows('cause', machine, null, parts(common)),
    ...exitRows('detail', machine, null, parts(common)),
  ];
  if (common.length < 2) return all;
  const single = common.flatMap((vcpu) => [
    ...accountRows(machine, vcpu, parts([vcpu])),
    ...exitRows('cause', machine, vcpu, parts([vcpu])),
  ]);
  return [...all, ...single];
}

const vcpusOf = ({ vcpus }: Series, id: string): VcpuSeries[] => vcpus.filter(({ machine }) => machine === id);

const both = <Value>(of: (side: SideName) => Value): Both<Value> => ({ before: of('before'), after: of('after') });

function scopesOf(parts: Both<Part>): Both<ScopeSlices> {
  return both((side) => {
    const { series, vcpus } = parts[side];
    const count = series.lengthsNs.length;
    const guestNs = accountNs(parts[side], 'guest');
    const delayNs = new Float64Array(count);
    for (const name of DELAY) addTo(delayNs, accountNs(parts[side], name));
    return { vcpus: vcpus.length, awakeNs: awakeNs(vcpus, count), guestNs, delayNs };
  });
}

const DELAY = ['hypervisor', 'vmm', 'interrupt', 'blocked', 'wakeup', 'preempted'] as const;

function accountNs({ series, vcpus }: Part, name: AccountName): Float64Array {
  const sums = new Float64Array(series.lengthsNs.length);
  for (const { accounts } of vcpus) addTo(sums, accounts[name]);
  return sums;
}

function accountRows(machine: string, vcpu: number | null, parts: Both<Part>): ComparedRow[] {
  const scope = scopesOf(parts);
  return AWAKE.map((account) => ({
    kind: 'account',
    machine,
    vcpu,
    ...NO_NAMES,
    account,
    slices: both((side) => ({ timeNs: accountNs(parts[side], account), exits: null })),
    scope,
  }));
}

/** Exits that have the same names, on one side or on both. */
interface Group {
  readonly first: ExitSeries;
  readonly members: Both<ExitSeries[]>;
}

function exitRows(kind: 'cause' | 'detail', machine: string, vcpu: number | null, parts: Both<Part>): ComparedRow[] {
  const groups = new Map<string, Group>();
  for (const side of ['before', 'after'] as const) {
    for (const exit of parts[side].vcpus.flatMap(({ exits }) => exits)) {
      if (exit.cause === 'vm-control') continue;
      const { cause, reason, detail, device } = exit;
      const key = kind === 'cause' ? cause : JSON.stringify([cause, reason, detail, device]);
      const group = groups.get(key) ?? { first: exit, members: { before: [], after: [] } };
      group.members[side].push(exit);
      groups.set(key, group);
    }
  }
  const scope = scopesOf(parts);
  const chosen = kind === 'cause' ? [...groups.values()] : largest([...groups.values()]);
  return chosen.map(({ first, members }) => ({
    kind,
    machine,
    vcpu,
    ...NO_NAMES,
    cause: first.cause,
    ...(kind === 'detail' && { reason: first.reason, detail: first.detail, device: first.device }),
    slices: both((side) => slicesOf(members[side], parts[side].series.lengthsNs.length)),
    scope,
  }));
}

function slicesOf(members: readonly ExitSeries[], count: number): RowSlices & { readonly exits: Float64Array } {
  const sums = { timeNs: new Float64Array(count), exits: new Float64Array(count) };
  for (const { slices } of members) {
    if (slices === null) continue;
    addTo(sums.timeNs, slices.handlingNs);
    addTo(sums.exits, slices.exits);
  }
  return sums;
}

/** Only of details that all could be followed over time can anything be said. */
function largest(groups: readonly Group[]): Group[] {
  const followed = groups.filter(({ members }) =>
    [...members.before, ...members.after].every(({ slices }) => slices !== null),
  );
  if (followed.length <= MOST_DETAILS) return followed;
  const weights = new Map(followed.map((group) => [group, weightOf(group)]));
  return followed.toSorted((a, b) => weights.get(b)! - weights.get(a)!).slice(0, MOST_DETAILS);
}

/** An exit counts like the microseconds that it costs at least. */
const NS_OF_AN_EXIT = 1000;

function weightOf({ members }: Group): number {
  return [...members.before, ...members.after].reduce((sum, { slices }) => {
    const exits = slices?.exits.reduce((total, count) => total + count, 0) ?? 0;
    return sum + exits * NS_OF_AN_EXIT + (slices?.handlingNs.reduce((total, ns) => total + ns, 0) ?? 0);
  }, 0);
}
