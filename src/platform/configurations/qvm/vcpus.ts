/** `cpu` options → virtual CPUs. */
import type { Scheduling, VcpuConfiguration } from '../machine-configuration.js';
import type { Complaints } from './complaints.js';
import { lastOf, optionOf } from './inner-options.js';
import { numberOf } from './numbers.js';
import type { Statement } from './statements.js';
import type { Word } from './words.js';

/** A configuration without `cpu` gets one. */
export const IMPLIED_VCPU: VcpuConfiguration = {
  id: 0,
  scheduling: null,
  runmask: null,
  cluster: null,
  partition: null,
  options: [],
  place: null,
};

export function vcpuOf(statement: Statement, id: number, complaints: Complaints): VcpuConfiguration {
  const value = (option: string) => lastOf(statement, option, complaints)?.values[0];
  return {
    id,
    scheduling: schedulingOf(lastOf(statement, 'sched', complaints), complaints),
    runmask: runmaskOf(value('runmask'), complaints),
    cluster: value('cluster')?.text ?? null,
    partition: value('partition')?.text ?? null,
    options: statement.inner.map(optionOf),
    place: statement.name.place,
  };
}

/** The kernel's trace has room for no more. */
const HIGHEST_PCPU = 63;

function runmaskOf(word: Word | undefined, complaints: Complaints): readonly number[] | null {
  if (word === undefined) return null;
  const pcpus = word.text.split(',').map(numberOf);
  const valid = pcpus.filter((pcpu) => pcpu !== undefined && pcpu <= HIGHEST_PCPU) as number[];
  if (valid.length === pcpus.length) return [...new Set(valid)];
  const hint = 'They are written with commas between them, from 0 on, for example 0,1.';
  complaints.addOfValue('bad-runmask', word, 'is no list of pCPUs', hint);
  return null;
}

const POLICIES: Readonly<Record<string, Scheduling['policy']>> = {
  '': 'round-robin',
  r: 'round-robin',
  f: 'fifo',
  o: 'other',
};
/** The host has no higher one for threads. */
const HIGHEST_PRIORITY = 255;

function schedulingOf(statement: Statement | undefined, complaints: Complaints): Scheduling | null {
  const word = statement?.values[0];
  if (statement === undefined || word === undefined) return null;
  const text = statement.values.map((value) => value.text).join('');
  const scheduling = simpleScheduling(text) ?? sporadicScheduling(text);
  if (scheduling === undefined) {
    const hint =
      'It is written as 10, 10r, 10f or 10o, or as five numbers with an s: high,low,replenishments,period,budget s.';
    complaints.addOfValue('bad-scheduling', { text, place: word.place }, 'is no priority with a policy', hint);
  }
  return scheduling ?? null;
}

function simpleScheduling(text: string): Scheduling | undefined {
  const [, digits, letter] = /^(\d+)([rfo]?)$/.exec(text) ?? [];
  const priority = priorityOf(digits ?? '');
  return priority === undefined ? undefined : { policy: POLICIES[letter], priority, sporadic: null };
}

function sporadicScheduling(text: string): Scheduling | undefined {
  const parts = /^(.*)s$/.exec(text)?.[1].split(',') ?? [];
  if (parts.length !== 5) return undefined;
  const [priority, lowPriority] = parts.slice(0, 2).map(priorityOf);
  const [maxReplenishments, periodNs, budgetNs] = parts.slice(2).map(numberOf);
  if (priority === undefined || lowPriority === undefined) return undefined;
  if (maxReplenishments === undefined || periodNs === undefined || budgetNs === undefined) return undefined;
  return { policy: 'sporadic', priority, sporadic: { lowPriority, maxReplenishments, periodNs, budgetNs } };
}

function priorityOf(text: string): number | undefined {
  const priority = numberOf(text);
  return priority !== undefined && priority <= HIGHEST_PRIORITY ? priority : undefined;
}
