/**
 * The runstates and exits of every vCPU as `xenalyze --summary` prints them, to compare with: the same events taken for the
 * beginning and the end of the same things, in cycles.
 *
 * An exit ends at the next entry, or when its vCPU becomes runnable, so that the wait for a pCPU is not its own. Nothing is known
 * of a vCPU until it first runs. Source: tools/xentrace/xenalyze.c of Xen 4.17 (sched_runstate_process, vcpu_start,
 * hvm_vmexit_process, hvm_close_vmexit, process_lost_records).
 */
import { LossField } from '../../formats/xentrace/pcpu-stream.js';
import { FIELD_SLOTS, LOSS_RECORD, type RecordBatch } from '../../recording/record-batch.js';
import type { TracepointCatalog } from '../../recording/tracepoint.js';
import { IDLE_DOMAIN, Runstate } from './domains.js';
import { kindOf, slotOf, XEN_CATALOG } from './trace-events.js';
import { CycleSummary, percentile, selfWeightedPercentile } from './xenalyze-cycles.js';
import { xenalyzeExitName } from './xenalyze-names.js';

/** All other events, of which only the time matters. */
const OTHER_KIND = XEN_CATALOG.length + 1;
const WANTED = ['sched:runstate_change', 'sched:continue_running', 'hvm:vmentry', 'hvm:vmexit'];
export const XENALYZE_CATALOG: TracepointCatalog = [
  ...XEN_CATALOG.filter(({ system, event }) => WANTED.includes(`${system}:${event}`)),
  { system: 'trace', event: 'other', kind: OTHER_KIND, fields: [] },
];

const CHANGE = kindOf('sched:runstate_change');
const CONTINUE = kindOf('sched:continue_running');
const VMENTRY = kindOf('hvm:vmentry');
const VMEXIT = kindOf('hvm:vmexit');
const DOMAIN = slotOf('sched:runstate_change', 'domain');
const VCPU = slotOf('sched:runstate_change', 'vcpu');
const FROM = slotOf('sched:runstate_change', 'from');
const TO = slotOf('sched:runstate_change', 'to');
const CODE = slotOf('hvm:vmexit', 'code');

/** Beside Runstate: it has not run yet; its events were lost. */
const INIT = 4;
const LOST = 5;
const STATE_NAMES = ['running', 'runnable', 'blocked', 'offline', 'init', 'lost'];
/** Why it is runnable: it was woken, or another one got its pCPU. */
const RUNNABLE_NAMES = ['wake', 'preempt', 'other'];
const Why = { Wake: 0, Preempt: 1, Other: 2 } as const;
const WEIGHT = 2 ** 16;

class VcpuSums {
  readonly domain: number;
  readonly number: number;
  state = INIT;
  since = 0;
  why: number = Why.Other;
  readonly states = STATE_NAMES.map(() => new CycleSummary());
  readonly runnable = RUNNABLE_NAMES.map(() => new CycleSummary());
  /** By number. */
  readonly exits = new Map<number, CycleSummary>();
  /** When its exit began, cycles, and its number; NaN: there is none. */
  exitTime = Number.NaN;
  exitCode = 0;

  constructor(domain: number, number: number) {
    this.domain = domain;
    this.number = number;
  }

  update(state: number, time: number): void {
    if (this.state !== INIT && this.since < time) {
      this.states[this.state].add(time - this.since);
      if (this.state === Runstate.runnable) this.runnable[this.why].add(time - this.since);
    }
    if (state === Runstate.runnable) this.why = this.whyRunnable;
    this.state = state;
    this.since = time;
  }

  get whyRunnable(): number {
    if (this.state === Runstate.running) return Why.Preempt;
    return this.state === Runstate.blocked || this.state === Runstate.offline ? Why.Wake : Why.Other;
  }

  closeExit(time: number): void {
    if (Number.isNaN(this.exitTime)) return;
    let summary = this.exits.get(this.exitCode);
    if (summary === undefined) {
      summary = new CycleSummary();
      this.exits.set(this.exitCode, summary);
    }
    summary.add(time - this.exitTime);
    this.exitTime = Number.NaN;
  }

  lose(time: number): void {
    this.exitTime = Number.NaN;
    if (this.state !== INIT) this.update(LOST, time);
  }
}

/** A pCPU: when its first and last records were, cycles, and who runs there. */
interface PcpuState {
  readonly first: number;
  last: number;
  current: VcpuSums | undefined;
}

export class XenalyzeSummary {
  readonly #vcpus = new Map<number, VcpuSums>();
  readonly #pcpus = new Map<number, PcpuState>();
  #first = Number.NaN;
  #last = 0;

  /** @param batch records of XENALYZE_CATALOG, whose times are cycles */
  add(batch: RecordBatch): void {
    for (let row = 0; row < batch.count; row++) {
      const time = batch.time[row];
      const pcpu = this.#pcpu(batch.pcpu[row], time);
      if (Number.isNaN(this.#first)) this.#first = time;
      pcpu.last = time;
      this.#last = time;
      switch (batch.kind[row]) {
        case CHANGE:
          this.#change(batch, row, pcpu, time);
          break;
        case CONTINUE:
          this.#continues(batch, row, pcpu, time);
          break;
        case VMENTRY:
          pcpu.current?.closeExit(time);
          break;
        case VMEXIT:
          if (pcpu.current === undefined) break;
          pcpu.current.exitTime = time;
          pcpu.current.exitCode = batch.fields[row * FIELD_SLOTS + CODE];
          break;
        case LOSS_RECORD:
          this.#lose(batch, row, pcpu);
          break;
        default:
          break;
      }
    }
  }

  #pcpu(number: number, time: number): PcpuState {
    let pcpu = this.#pcpus.get(number);
    if (pcpu === undefined) {
      pcpu = { first: time, last: time, current: undefined };
      this.#pcpus.set(number, pcpu);
    }
    return pcpu;
  }

  #vcpu(domain: number, number: number): VcpuSums {
    const key = domain * WEIGHT + number;
    let vcpu = this.#vcpus.get(key);
    if (vcpu === undefined) {
      vcpu = new VcpuSums(domain, number);
      this.#vcpus.set(key, vcpu);
    }
    return vcpu;
  }

  #change({ fields }: RecordBatch, row: number, pcpu: PcpuState, time: number): void {
    const at = row * FIELD_SLOTS;
    const vcpu = this.#vcpu(fields[at + DOMAIN], fields[at + VCPU]);
    const [from, to] = [fields[at + FROM], fields[at + TO]];
    if (vcpu.state === INIT || vcpu.state === LOST) {
      if (to === Runstate.running) {
        vcpu.update(Runstate.running, time);
        pcpu.current = vcpu;
      } else if (from === Runstate.running) {
        pcpu.current = undefined;
      }
      return;
    }
    if (to === Runstate.runnable) vcpu.closeExit(time);
    vcpu.update(to, time);
    if (to === Runstate.running) pcpu.current = vcpu;
    else if (from === Runstate.running) pcpu.current = undefined;
  }

  #continues({ fields }: RecordBatch, row: number, pcpu: PcpuState, time: number): void {
    const at = row * FIELD_SLOTS;
    const vcpu = this.#vcpu(fields[at + DOMAIN], fields[at + VCPU]);
    // What runs on at the first word of it has run there from the pCPU's first record on.
    vcpu.update(Runstate.running, vcpu.state === INIT ? pcpu.first : time);
    pcpu.current = vcpu;
  }

  /** Whoever was on the pCPU, or on none, may have done anything; the record tells who runs there now. */
  #lose(batch: RecordBatch, row: number, pcpu: PcpuState): void {
    const { fields, time } = batch;
    const at = row * FIELD_SLOTS;
    const stated = fields[at + LossField.First];
    const from = Number.isNaN(stated) ? fields[at] : stated;
    const number = batch.pcpu[row];
    for (const vcpu of this.#vcpus.values()) {
      // Each pCPU has an idle vCPU of its own, which never runs on another one.
      if (vcpu.domain === IDLE_DOMAIN && vcpu.number !== number) continue;
      if (vcpu === pcpu.current || vcpu.state !== Runstate.running) vcpu.lose(Math.max(from, vcpu.since));
    }
    pcpu.current = undefined;
    const domain = fields[at + LossField.Domain];
    if (Number.isNaN(domain)) return;
    const vcpu = this.#vcpu(domain, fields[at + LossField.Vcpu]);
    vcpu.update(Runstate.running, time[row]);
    pcpu.current = vcpu;
  }

  /** @param hz cycles per second @param vocabulary what numbers of exits are */
  report(hz: number, vocabulary: 'vmx' | 'svm'): string {
    for (const { current, last } of this.#pcpus.values()) current?.update(LOST, last);
    const total = this.#last - (this.#first || 0);
    const lines = [`Total time: ${(total / hz).toFixed(2)} seconds (using cpu speed ${speed(hz)})`];
    const vcpus = [...this.#vcpus.values()].sort((a, b) => a.domain - b.domain || a.number - b.number);
    let domain = -1;
    for (const vcpu of vcpus) {
      if (vcpu.domain !== domain) lines.push(`|-- Domain ${vcpu.domain} --|`);
      ({ domain } = vcpu);
      lines.push(`-- v${vcpu.number} --`, ' Runstates:', ...runstateLines(vcpu, hz));
      if (vcpu.exits.size > 0) lines.push('Exit reasons:', ...exitLines(vcpu, hz, total, vocabulary));
    }
    return lines.join('\n');
  }
}

/** As xenalyze writes a frequency. */
function speed(hz: number): string {
  return hz >= 1e9 ? `${(hz / 1e9).toFixed(2)} GHz` : `${(hz / 1e6).toFixed(2)} MHz`;
}

function runstateLines({ states, runnable }: VcpuSums, hz: number): string[] {
  return states.flatMap((summary, state) => [
    ...cycleLine(`  ${STATE_NAMES[state].padStart(8)}`, summary, hz),
    ...(state === Runstate.runnable
      ? runnable.flatMap((part, why) => cycleLine(`    ${RUNNABLE_NAMES[why].padStart(8)}`, part, hz))
      : []),
  ]);
}

function cycleLine(what: string, summary: CycleSummary, hz: number): string[] {
  if (summary.count === 0) return [];
  const seconds = (summary.cycles / hz).toFixed(2).padStart(5);
  const spread = summary.percentiles(selfWeightedPercentile).map((value) => String(value).padStart(6));
  return [
    `${what}: ${String(summary.count).padStart(7)} ${seconds}s ${String(summary.average).padStart(6)} {${spread.join('|')}}`,
  ];
}

function exitLines({ exits }: VcpuSums, hz: number, total: number, vocabulary: 'vmx' | 'svm'): string[] {
  return [...exits]
    .sort(([a], [b]) => a - b)
    .map(([code, summary]) => {
      const seconds = (summary.cycles / hz).toFixed(2).padStart(5);
      const share = ((summary.cycles / total) * 100).toFixed(2).padStart(5);
      const spread = summary.percentiles(percentile).map((value) => String(value).padStart(5));
      return `${xenalyzeExitName(code, vocabulary)} ${String(summary.events).padStart(7)} ${seconds}s ${share}% ${String(summary.average).padStart(5)} cyc {${spread.join('|')}}`;
    });
}
