/** How long vCPUs were out of the guest, from the records alone: what the ledger must agree with. */
import type { Row } from './read-records.js';

/** One vCPU thread as the records alone show it, without the ledger. */
export interface ExitLengths {
  firstEntry: number;
  lastEntry: number;
  /** Lengths from exit to entry by exit reason (the raw code), ns. */
  readonly handled: Map<number, number>;
  /** Host interrupt handlers between an entry and the next exit, by the reason of that exit, ns. */
  readonly beforeExit: Map<number, number>;
}

interface State extends ExitLengths {
  exit: { readonly time: number; readonly reason: number } | undefined;
  depth: number;
  handlerSince: number;
  handlersNs: number;
}

const HANDLER =
  /^(?:irq_handler|softirq|local_timer|reschedule|call_function|call_function_single|irq_work)_(entry|exit)$/;

/** By thread of a vCPU, from its first entry on. */
export function exitLengths(rows: readonly Row[]): Map<number, ExitLengths> {
  const vcpus = new Map<number, State>();
  for (const row of rows) {
    if (row.event === 'kvm_entry') enter(vcpus, row);
    const vcpu = vcpus.get(row.thread);
    if (vcpu === undefined) continue;
    if (row.event === 'kvm_exit') leave(vcpu, row);
    else if (vcpu.exit === undefined) countHandler(vcpu, row);
  }
  return vcpus;
}

const add = (sums: Map<number, number>, key: number, value: number) => sums.set(key, (sums.get(key) ?? 0) + value);

function enter(vcpus: Map<number, State>, { thread, time }: Row): void {
  let vcpu = vcpus.get(thread);
  if (vcpu === undefined) {
    const none = { handled: new Map(), beforeExit: new Map() };
    vcpu = { ...none, firstEntry: time, lastEntry: time, exit: undefined, depth: 0, handlerSince: 0, handlersNs: 0 };
    vcpus.set(thread, vcpu);
  }
  if (vcpu.exit !== undefined) add(vcpu.handled, vcpu.exit.reason, time - vcpu.exit.time);
  vcpu.exit = undefined;
  vcpu.lastEntry = time;
  vcpu.depth = 0;
  vcpu.handlersNs = 0;
}

function leave(vcpu: State, { time, fields }: Row): void {
  const reason = Number(fields['exit_reason']);
  if (vcpu.depth > 0) vcpu.handlersNs += time - vcpu.handlerSince;
  add(vcpu.beforeExit, reason, vcpu.handlersNs);
  vcpu.exit = { time, reason };
}

function countHandler(vcpu: State, { event, time }: Row): void {
  const edge = HANDLER.exec(event)?.[1];
  if (edge === 'entry' && vcpu.depth++ === 0) vcpu.handlerSince = time;
  if (edge === 'exit' && --vcpu.depth === 0) vcpu.handlersNs += time - vcpu.handlerSince;
}
