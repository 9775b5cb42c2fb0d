/** Writes a trace as traceprinter prints it, in the styles of 6.x, 7.x and 8.x. */
import { type Release, releaseOf } from '../../../formats/qnx/release.js';
import type { ThreadState } from '../../../formats/qnx/thread-states.js';
import type { ThreadId, Trace, TraceEventBody } from '../trace-event.js';
import { type KernelBody, type WrittenEvent, writtenEvents } from './kernel-buffers.js';
import { type HeaderOptions, headerAttributes, type KernelOptions } from './options.js';

export interface TraceprinterOptions extends KernelOptions, HeaderOptions {
  /** `-n`: one line an event; otherwise arguments are on lines of their own. */
  readonly onePerLine?: boolean;
  /** Leaves out what comes before the events. */
  readonly noHeader?: boolean;
}

/** What is printed of an event; `arguments` are words of the form name:value. */
interface Printed {
  readonly className: string;
  readonly name: string;
  readonly arguments: readonly string[];
}

const KEY_WIDTH = 21;
const CONTINUATION = ' '.repeat(24);
/** The format of 7.x and 8.x: %-16Z:%-18z. */
const CLASS_WIDTH = 16;
const NAME_WIDTH = 18;
const CLASS_WIDTH_6 = 8;
const NAME_WIDTH_6 = 13;
/** 6.x prints so many bits of a buffer's sequence number. */
const SEQUENCE_MASK_6 = 0x7ff;

/** A text of so many bytes (NUL included) is in one event, and then printed as numbers. */
const NUMBERS_UP_TO = 8;

/** Names that traceprinter prints for states where they are not the state's with TH before it. */
const STATE_NAMES: Partial<Record<ThreadState, string>> = { INTR_ATTACH_EVENT: 'THINTR_ATTACH_EV' };

export function traceprinterText(trace: Trace, options: TraceprinterOptions = {}): string {
  const release = releaseOf(trace.host.release) ?? 8;
  const lines = options.noHeader === true ? [] : headerLines(trace, options);
  for (const event of writtenEvents(trace, true, options)) lines.push(...eventLines(event, release, options));
  return `${lines.join('\n')}\n`;
}

function headerLines(trace: Trace, options: TraceprinterOptions): string[] {
  const attributes = headerAttributes(trace.host, true, 0, options);
  return [
    'TRACEPRINTER version 1.02',
    'TRACEPARSER LIBRARY version 1.02',
    ' -- HEADER FILE INFORMATION --',
    ...attributes.map(([key, value]) => `${`TRACE_${key}`.padStart(KEY_WIDTH)}:: ${value}`),
    ' -- KERNEL EVENTS --',
  ];
}

function eventLines(event: WrittenEvent, release: Release, options: TraceprinterOptions): string[] {
  const time =
    release <= 6 ? hex(Number(BigInt.asUintN(32, event.cycles))) : `0x${event.cycles.toString(16).padStart(8, '0')}`;
  const head = `t:${time} CPU:${String(event.cpu).padStart(2, '0')}`;
  if (isKernelBody(event.body)) return [`${head} ${controlText(event.body, release)}`];
  const { className, name, arguments: words } = printed(event.body, release, options.wide ?? true);
  const title = `${head} ${column(className, release)}${name}`;
  const staysOnLine = options.onePerLine === true || (release <= 6 && event.body.kind !== 'process-name');
  if (!staysOnLine) return [title, ...words.map((word) => CONTINUATION + word)];
  const padded = name.padEnd(release <= 6 ? NAME_WIDTH_6 : NAME_WIDTH);
  return [`${head} ${column(className, release)}${padded} ${words.join(' ')}`.trimEnd()];
}

const isKernelBody = (body: WrittenEvent['body']): body is KernelBody =>
  body.kind === 'buffer' || body.kind === 'time' || body.kind === 'buffer-end';

const column = (className: string, release: Release): string =>
  `${className.padEnd(release <= 6 ? CLASS_WIDTH_6 : CLASS_WIDTH)}:`;

function controlText(body: KernelBody, release: Release): string {
  if (body.kind === 'buffer') {
    const sequence = release <= 6 ? body.sequence & SEQUENCE_MASK_6 : body.sequence;
    const counts = `sequence = ${sequence}, num_events = ${body.events}`;
    if (release <= 6) return `CONTROL: BUFFER ${counts}`;
    return `${column('CONTROL', release)}${'BUFFER'.padEnd(NAME_WIDTH)} ${counts}`;
  }
  const name = body.kind === 'time' ? 'TIME' : 'BUFFER_END';
  const words =
    body.kind === 'time'
      ? `msb:${hex(Number(body.cycles >> 32n))} lsb(offset):${hex(Number(BigInt.asUintN(32, body.cycles)))}`
      : 'cookie1 = e6e6e6e6, cookie2 = e6e6e6e6';
  if (release <= 6) return `CONTROL :${name} ${words}`;
  return `${column('CONTROL', release)}${name.padEnd(NAME_WIDTH)} ${words}`;
}

function printed(body: TraceEventBody, release: Release, wide: boolean): Printed {
  const qvm = (name: string, ...words: string[]): Printed => ({ className: 'QVM', name, arguments: words });
  switch (body.kind) {
    case 'process-name': {
      const words = [`ppid:${body.parent}`, `pid:${body.pid}`, `name:${body.name}`];
      return { className: 'PROCESS', name: 'PROCCREATE_NAME', arguments: words };
    }
    case 'thread-name':
      return {
        className: 'PROCESS',
        name: 'PROCTHREAD_NAME',
        arguments: [...ids(body.thread), `name:${body.name}`],
      };
    case 'thread-state':
      return {
        className: 'THREAD',
        name: STATE_NAMES[body.state] ?? `TH${body.state}`,
        arguments: [...ids(body.thread), ...(wide ? schedulingOf(body) : [])],
      };
    case 'guest-enter':
      return qvm('GUEST_ENTER', `guest_ip:${long(body.guestIp)}`);
    case 'guest-cycles':
      return qvm('CYCLES', `at_entry:${long(body.atEntry)}`, `at_exit:${long(body.atExit)}`);
    case 'guest-exit':
      return qvm(
        'GUEST_EXIT',
        `status:${hex(body.status)}`,
        `hw_reason:${hex(body.reason)}`,
        `clockcycles_offset:${long(body.clockCyclesOffset)}`,
        `guest_ip:${long(body.guestIp)}`,
        `payload:${long(body.payload)}`,
      );
    case 'create-vcpu-thread':
      return qvm('CREATE_VCPU_THREAD', `vcpu_id:${body.vcpu}`);
    case 'interrupt-raise':
      return qvm('INTR_RAISE', `d0:${hex(body.interrupt)}`, `d1:${hex(body.vcpu)}`);
    case 'interrupt-lower':
      return qvm('INTR_LOWER', `d0:${hex(body.interrupt)}`, `d1:${hex(body.vcpu)}`);
    case 'interrupt-entry':
      return { className: 'INT_ENTR', name: `${hex(body.interrupt)} (${body.interrupt})`, arguments: [`IP:${hex(0)}`] };
    case 'interrupt-exit':
      return { className: 'INT_EXIT', name: `${hex(body.interrupt)} (${body.interrupt})`, arguments: ['inkernel:0'] };
    case 'interrupt-deliver': {
      const id = `intr_id:0x${body.interrupt.toString(16)}(${body.interrupt})`;
      return { className: 'INTERRUPT', name: 'INT_DELIVER', arguments: [id] };
    }
    case 'kernel-call':
      return { className: 'KER_CALL', name: `CALL/${body.call}`, arguments: [] };
    case 'kernel-exit':
      return { className: 'KER_EXIT', name: `CALL/${body.call}`, arguments: ['ret_val:0'] };
    case 'partition-bankruptcy': {
      const words = [...ids(body.thread), `partition:${body.partition}`];
      return { className: 'SYSTEM', name: 'APS_BANKRUPTCY', arguments: words };
    }
    default:
      return markerText(body, release);
  }
}

const ids = ({ pid, tid }: ThreadId): string[] => [`pid:${pid}`, `tid:${tid}`];

type State = Extract<TraceEventBody, { kind: 'thread-state' }>;

function schedulingOf({ state, priority, policy, partition }: State): string[] {
  if (state === 'CREATE' || state === 'DESTROY') return [];
  const words = [`priority:${priority}`, `policy:${policy}`];
  return partition === undefined ? words : [...words, `partition:${partition}`, `sched_flags:${hex(0)}`];
}

function markerText({ id, text }: Extract<TraceEventBody, { kind: 'marker' }>, release: Release): Printed {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const comma = release <= 7 ? ',' : '';
  const name = `EVENT:${id}${comma}`;
  if (bytes.length > NUMBERS_UP_TO) return { className: 'USREVENT', name, arguments: [`STR:"${text}"`] };
  const view = new DataView(new ArrayBuffer(NUMBERS_UP_TO));
  new Uint8Array(view.buffer).set(bytes);
  const words = [0, 4].map((at, index) => `d${index}:${hex(view.getUint32(at, true))}`);
  return { className: 'USREVENT', name, arguments: words };
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
const long = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16).padStart(16, '0')}`;
