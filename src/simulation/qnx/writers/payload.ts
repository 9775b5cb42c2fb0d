/** What is in an event, as the kernel lays it out: class, number and 32-bit words. */
import type { Release } from '../../../formats/qnx/release.js';
import { stateNumber } from '../../../formats/qnx/state-numbers.js';
import {
  HypervisorEvent,
  InterruptEvent,
  KernelCallEvent,
  ProcessEvent,
  SystemEvent,
  TraceClass,
} from '../../../formats/qnx/trace-classes.js';
import type { TraceEventBody } from '../trace-event.js';

export interface Payload {
  readonly traceClass: number;
  readonly event: number;
  /** In memory order: the halves of a 64-bit value stand as the byte order wants them. */
  readonly words: readonly number[];
}

export interface PayloadForm {
  readonly release: Release;
  readonly littleEndian: boolean;
  readonly wide: boolean;
}

type State = Extract<TraceEventBody, { kind: 'thread-state' }>;

/** Throws for what the kernel of that release cannot write. */
export function payloadOf(body: TraceEventBody, form: PayloadForm): Payload {
  const { littleEndian, release } = form;
  const long = (value: bigint): number[] => longWords(value, littleEndian);
  const text = (value: string): number[] => textWords(value, littleEndian);
  const hypervisor = (event: number, words: number[]) => payload(TraceClass.Hypervisor, event, words);
  switch (body.kind) {
    case 'process-name':
      return payload(TraceClass.ProcessThread, ProcessEvent.CreateName, [body.parent, body.pid, ...text(body.name)]);
    case 'thread-name': {
      const { pid, tid } = body.thread;
      return payload(TraceClass.ProcessThread, ProcessEvent.ThreadName, [pid, tid, ...text(body.name)]);
    }
    case 'thread-state':
      return payload(TraceClass.ProcessThread, numberOf(body, release), stateWords(body, form.wide));
    case 'guest-enter':
      return hypervisor(HypervisorEvent.GuestEnter, long(body.guestIp));
    case 'guest-cycles':
      return hypervisor(HypervisorEvent.Cycles, [...long(body.atEntry), ...long(body.atExit)]);
    case 'guest-exit': {
      const longs = [body.clockCyclesOffset, body.guestIp, body.payload].flatMap(long);
      return hypervisor(HypervisorEvent.GuestExit, [body.status, body.reason, ...longs]);
    }
    case 'create-vcpu-thread':
      return hypervisor(HypervisorEvent.CreateVcpuThread, [body.vcpu]);
    case 'interrupt-raise':
      return hypervisor(HypervisorEvent.RaiseInterrupt, [body.interrupt, body.vcpu]);
    case 'interrupt-lower':
      return hypervisor(HypervisorEvent.LowerInterrupt, [body.interrupt, body.vcpu]);
    case 'interrupt-entry':
    case 'interrupt-exit':
    case 'interrupt-deliver':
      return payload(TraceClass.Interrupt, interruptEvent(body.kind, release), [body.interrupt]);
    case 'kernel-call':
      return payload(TraceClass.KernelCall, KernelCallEvent.Enter + body.call, []);
    case 'kernel-exit':
      return payload(TraceClass.KernelCall, KernelCallEvent.Exit + body.call, []);
    case 'partition-bankruptcy': {
      const { pid, tid } = body.thread;
      return payload(TraceClass.System, SystemEvent.PartitionBankruptcy, [pid, tid, body.partition]);
    }
    default:
      return payload(TraceClass.User, body.id, text(body.text));
  }
}

const payload = (traceClass: number, event: number, words: readonly number[]): Payload => ({
  traceClass,
  event,
  words,
});

function numberOf({ state }: State, release: Release): number {
  const number = stateNumber(state, release);
  if (number === undefined) throw new RangeError(`QNX ${release} has no thread state ${state}`);
  return number;
}

function stateWords({ thread, state, priority, policy, partition }: State, wide: boolean): number[] {
  const ids = [thread.pid, thread.tid];
  if (!wide || state === 'CREATE' || state === 'DESTROY') return ids;
  return partition === undefined ? [...ids, priority, policy] : [...ids, priority, policy, partition, 0];
}

function interruptEvent(kind: 'interrupt-entry' | 'interrupt-exit' | 'interrupt-deliver', release: Release): number {
  if ((kind === 'interrupt-deliver') !== release >= 8) throw new RangeError(`QNX ${release} writes no ${kind}`);
  if (kind === 'interrupt-deliver') return InterruptEvent.Deliver;
  return kind === 'interrupt-entry' ? InterruptEvent.Entry : InterruptEvent.Exit;
}

function longWords(value: bigint, littleEndian: boolean): number[] {
  const low = Number(BigInt.asUintN(32, value));
  const high = Number(BigInt.asUintN(32, value >> 32n));
  return littleEndian ? [low, high] : [high, low];
}

/** With its NUL, padded to whole words. */
function textWords(text: string, littleEndian: boolean): number[] {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return Array.from({ length: padded.length / 4 }, (_, index) => view.getUint32(index * 4, littleEndian));
}
