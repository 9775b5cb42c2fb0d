/** Exits as a tree: cause, reason, detail, device, function of the guest, in the order that is asked for. */
import type { Distribution, ExitGroup, ExitRow, Explanation, OutsideGuest } from '../../../src/explain/explanation.js';
import type { FunctionRow } from '../../../src/explain/functions.js';
import type { Cause } from '../../../src/recording/causes.js';

export const LEVELS = ['cause', 'reason', 'detail', 'device', 'vcpu', 'function'] as const;
export type Level = (typeof LEVELS)[number];

export interface ExitNode {
  /** Of all levels above it and its own: unique in the tree. */
  readonly key: string;
  readonly level: Level;
  /** Untrusted text. */
  readonly name: string;
  readonly cause: Cause;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly device: string | null;
  readonly count: number;
  readonly guestDelayNs: number;
  /** null for functions of the guest, which are counted without accounts. */
  readonly ledgerNs: OutsideGuest | null;
  /** Of the lengths of all its episodes; null where only its parts have one. */
  readonly distribution: Distribution | null;
  readonly children: readonly ExitNode[];
}

/** @param levels outermost first; `function` only below `detail` or `vcpu` */
export function exitTree(
  { exits, groups, functions }: Explanation,
  levels: readonly Level[],
  keep: (row: ExitRow) => boolean = () => true,
): ExitNode[] {
  const rows = exits.filter(keep);
  const isAll = rows.length === exits.length;
  const grouped = new Map<string, ExitGroup>();
  if (isAll) {
    for (const group of groups.cause) grouped.set(JSON.stringify([group.cause]), group);
    for (const group of groups.reason) grouped.set(JSON.stringify([group.cause, group.reason]), group);
    for (const group of groups.detail) grouped.set(JSON.stringify([group.cause, group.reason, group.detail]), group);
  }
  return nodesOf(rows, functions, levels, '', [], grouped);
}

type Known = ReadonlyMap<string, ExitGroup>;

const NOTHING: readonly string[] = ['no device', 'no detail'];

function nodesOf(
  rows: readonly ExitRow[],
  functions: readonly FunctionRow[],
  [level, ...below]: readonly Level[],
  above: string,
  path: readonly Level[],
  known: Known,
): ExitNode[] {
  if (level === undefined) return [];
  if (level === 'function') return functionNodes(rows, functions, above);
  const members = new Map<string, ExitRow[]>();
  for (const row of rows) {
    const name = nameAt(row, level);
    const own = members.get(name);
    if (own === undefined) members.set(name, [row]);
    else own.push(row);
  }
  // A level at which there is nothing to tell is left out.
  if (members.size === 1 && NOTHING.includes([...members.keys()][0])) {
    return nodesOf(rows, functions, below, above, [...path, level], known);
  }
  return [...members].map(([name, own]): ExitNode => {
    const key = `${above}/${encodeURIComponent(name)}`;
    const levels = [...path, level];
    return {
      key,
      level,
      name,
      cause: own[0].cause,
      reason: common(own, 'reason'),
      detail: common(own, 'detail'),
      device: common(own, 'device'),
      count: sum(own, ({ count }) => count),
      guestDelayNs: sum(own, ({ guestDelayNs }) => guestDelayNs),
      ledgerNs: ledgerOf(own),
      distribution: own.length === 1 ? own[0] : distributionOf(own, levels, known),
      children: nodesOf(own, functions, below, key, levels, known),
    };
  });
}

function nameAt(row: ExitRow, level: Exclude<Level, 'function'>): string {
  switch (level) {
    case 'vcpu':
      return `${row.machine} vCPU ${row.vcpu}`;
    case 'device':
      return row.device ?? 'no device';
    case 'detail':
      return row.detail ?? 'no detail';
    default:
      return row[level];
  }
}

/** Of the same exits, where the books have summed them up. */
function distributionOf(rows: readonly ExitRow[], levels: readonly Level[], known: Known): Distribution | null {
  const names = levels.map((level) =>
    level === 'cause' || level === 'reason' || level === 'detail' ? rows[0][level] : 0,
  );
  const group = names.includes(0) ? undefined : known.get(JSON.stringify(names));
  return group?.episodes === sum(rows, ({ episodes }) => episodes) ? group : null;
}

function functionNodes(rows: readonly ExitRow[], functions: readonly FunctionRow[], above: string): ExitNode[] {
  const keyOf = ({ machine, vcpu, cause, reason, detail }: FunctionRow | ExitRow): string =>
    JSON.stringify([machine, vcpu, cause, reason, detail]);
  const wanted = new Set(rows.map(keyOf));
  const members = new Map<string, FunctionRow[]>();
  for (const row of functions) {
    if (!wanted.has(keyOf(row))) continue;
    const name = row.function ?? (row.inKernel === false ? 'user space' : 'no symbol');
    members.set(name, [...(members.get(name) ?? []), row]);
  }
  return [...members].map(([name, own]) => ({
    key: `${above}/${encodeURIComponent(name)}`,
    level: 'function',
    name,
    cause: own[0].cause,
    reason: own[0].reason,
    detail: own[0].detail,
    device: null,
    count: sum(own, ({ count }) => count),
    guestDelayNs: sum(own, ({ guestDelayNs }) => guestDelayNs),
    ledgerNs: null,
    distribution: null,
    children: [],
  }));
}

function common<Key extends 'reason' | 'detail' | 'device'>(rows: readonly ExitRow[], key: Key): ExitRow[Key] | null {
  return rows.every((row) => row[key] === rows[0][key]) ? rows[0][key] : null;
}

function ledgerOf(rows: readonly ExitRow[]): OutsideGuest {
  const sums = { ...rows[0].ledgerNs };
  for (const { ledgerNs } of rows.slice(1)) {
    for (const account of Object.keys(sums) as (keyof OutsideGuest)[]) sums[account] += ledgerNs[account];
  }
  return sums;
}

const sum = <Row>(rows: readonly Row[], value: (row: Row) => number): number =>
  rows.reduce((total, row) => total + value(row), 0);
