/** Everything on the page that has a name, and where it is shown. */
import type { Explanation } from '../../../src/explain/explanation.js';
import { linkTo } from './address.js';

export interface SearchEntry {
  readonly kind: string;
  /** Untrusted text. */
  readonly name: string;
  readonly link: string;
}

interface NamedView {
  readonly id: string;
  readonly title: string;
  readonly about: string;
}

/** Most that are offered at once. */
const OFFERED = 40;

export function searchEntries(explanation: Explanation | undefined, views: readonly NamedView[]): SearchEntry[] {
  const ofViews = views.map(({ id, title, about }) => ({ kind: 'view', name: `${title}: ${about}`, link: linkTo(id) }));
  if (explanation === undefined) return ofViews;
  const { machines, groups, culprits, findings, worst, functions, placement } = explanation;
  const filtered = (text: string) => linkTo('exits', { filter: text, by: 'flat' });
  const unique = new Map<string, SearchEntry>();
  const add = (entry: SearchEntry) => unique.set(`${entry.kind} ${entry.name}`, entry);
  for (const entry of ofViews) add(entry);
  for (const { rule, title } of findings)
    add({ kind: 'finding', name: title, link: linkTo('findings', { open: rule }) });
  for (const { id, name, vcpus } of machines) {
    add({
      kind: 'machine',
      name: name === id ? id : `${id}: ${name}`,
      link: linkTo('overview', { machine: id, vcpu: null }),
    });
    for (const { id: vcpu, threadName } of vcpus) {
      const label = `vCPU ${vcpu} of ${id}${threadName === undefined ? '' : ` (${threadName})`}`;
      add({ kind: 'vCPU', name: label, link: linkTo('overview', { machine: id, vcpu }) });
    }
  }
  for (const { name } of culprits) add({ kind: 'thread', name, link: linkTo('scheduling', { filter: name }) });
  for (const { threads } of placement.pcpus ?? []) {
    for (const { name } of threads) add({ kind: 'thread', name, link: linkTo('scheduling', { filter: name }) });
  }
  for (const { key } of groups.reason) add({ kind: 'exit', name: key, link: filtered(key.split(': ').at(-1) ?? key) });
  for (const { detail, key } of groups.detail) add({ kind: 'exit', name: key, link: filtered(detail ?? key) });
  for (const { device } of groups.device) {
    if (device !== null) add({ kind: 'device', name: device, link: filtered(device) });
  }
  for (const { function: name } of functions) if (name !== null) add({ kind: 'function', name, link: filtered(name) });
  for (const { machine, vcpu, atNs, clockTime, cause } of worst) {
    const name = `${clockTime}: ${cause} of vCPU ${vcpu} of ${machine}`;
    add({ kind: 'worst', name, link: linkTo('timeline', { episode: `${machine}/${vcpu}/${atNs}` }) });
  }
  return [...unique.values()];
}

/** Those that hold every word; names that begin with the first come first. */
export function found(entries: readonly SearchEntry[], query: string): SearchEntry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = entries.filter(({ kind, name }) => {
    const text = `${kind} ${name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const isFirst = ({ name }: SearchEntry): number => (words[0] && name.toLowerCase().startsWith(words[0]) ? 0 : 1);
  return matching.toSorted((a, b) => isFirst(a) - isFirst(b)).slice(0, OFFERED);
}
