/** A trace.dat file as a Recording. */
import type { ByteSource } from '../../base/byte-source.js';
import { failure, IssueLog, type Result, success } from '../../base/issue.js';
import { InterruptNames } from '../../recording/interrupt-names.js';
import { type BatchSupply, type RecordBatch, reuseOneBatch } from '../../recording/record-batch.js';
import { type Clock, type HostFacts, type Recording, RecordingTotals } from '../../recording/recording.js';
import { SymbolTable } from '../../recording/symbols.js';
import { ThreadTable } from '../../recording/threads.js';
import type { OpenOptions } from '../format.js';
import { HandlerNames } from '../tracefs/handler-names.js';
import { ThreadNames } from '../tracefs/thread-names.js';
import { COUNTING, type SelectedClock, selectClock } from './clock.js';
import type { CpuStream } from './cpu-stream.js';
import { buildDispatch, type EventDispatch, nameCounts } from './event-dispatch.js';
import { checkGuestRecording, noteLostEvents } from './evidence.js';
import { GUEST_CLOCK_CATALOG, guestClockHz } from './guest-clock.js';
import { mergeStreams } from './merge.js';
import { openStreams } from './open-streams.js';
import type { Decoding } from './page-decoder.js';
import type { Options, ReadContext, TraceFile } from './trace-file.js';

export async function openRecording(
  source: ByteSource,
  file: TraceFile,
  options: OpenOptions,
  issues: IssueLog,
): Promise<Result<Recording>> {
  const dispatch = buildDispatch(file, options.catalog);
  if (dispatch === undefined) {
    return failure({
      code: 'trace-dat-no-events',
      severity: 'error',
      message: `${source.name} describes no events`,
      source: source.name,
      hint: 'The file is damaged or was cut: copy it again, or record again.',
    });
  }
  const clockName = topClock(file);
  const parts = async (wanted: EventDispatch, selected: SelectedClock, log: IssueLog): Promise<Parts> => {
    const context: ReadContext = {
      source,
      codecs: options.codecs,
      issues: log,
      littleEndian: file.littleEndian,
      compression: file.compression,
    };
    const streams = openStreams(context, file.buffers, file.options.clock, clockName);
    return { source, file, dispatch: wanted, selected, issues: log, streams, origin: await findOrigin(streams, file) };
  };
  const given = options.clockHz === undefined ? undefined : { hz: options.clockHz, origin: 'given' };
  let selected = selectClock(clockName, file.options, given, source.name);
  if (!selected.ok) {
    const guestClock = buildDispatch(file, GUEST_CLOCK_CATALOG);
    if (guestClock === undefined) return selected;
    const probe = new TraceDatRecording(await parts(guestClock, COUNTING, new IssueLog()));
    const hz = await guestClockHz(probe.batches());
    if (hz === undefined) return selected;
    selected = selectClock(
      clockName,
      file.options,
      { hz, origin: 'KVM told a guest (kvm_pvclock_update)' },
      source.name,
    );
    if (!selected.ok) return selected;
  }
  if (selected.value.issue !== undefined) issues.add(selected.value.issue);
  return success(new TraceDatRecording(await parts(dispatch, selected.value, issues)));
}

/** The clock of the top buffer; without one, that of the first instance. The kernel's default is `local`. */
function topClock(file: TraceFile): string {
  const top = file.buffers.find((buffer) => buffer.name === '') ?? file.buffers[0];
  return top?.clock ?? file.options.clock ?? 'local';
}

/** The earliest first page, in ticks of the clock; 0 where there is no data at all. */
async function findOrigin(streams: readonly CpuStream[], file: TraceFile): Promise<bigint> {
  const reading = { littleEndian: file.littleEndian, layout: file.pageLayout };
  let origin: bigint | undefined;
  for (const stream of streams) {
    const first = await stream.firstTimestamp(reading);
    if (first !== undefined && (origin === undefined || first < origin)) origin = first;
  }
  return origin ?? 0n;
}

interface Parts {
  readonly source: ByteSource;
  readonly file: TraceFile;
  readonly dispatch: EventDispatch;
  readonly selected: SelectedClock;
  readonly issues: IssueLog;
  readonly streams: readonly CpuStream[];
  /** In ticks of the clock. */
  readonly origin: bigint;
}

class TraceDatRecording implements Recording {
  readonly format = 'trace-dat';
  readonly sources: readonly string[];
  readonly clock: Clock;
  readonly host: HostFacts;
  readonly guests;
  readonly originNs: bigint;
  readonly threads = new ThreadTable();
  readonly interruptNames = new InterruptNames();
  readonly symbols = new SymbolTable();
  readonly issues: IssueLog;
  readonly totals = new RecordingTotals();
  readonly #parts: Parts;

  constructor(parts: Parts) {
    const { source, file, selected, origin } = parts;
    this.#parts = parts;
    this.sources = [source.name];
    this.clock = selected.clock;
    this.host = hostFacts(file.options);
    this.guests = file.options.guests;
    this.originNs = selected.converter.start(origin) + file.options.timeOffset;
    this.issues = parts.issues;
    noteCommandLines(file.commandLines, this.threads);
  }

  async *batches(supply: BatchSupply = reuseOneBatch()): AsyncGenerator<RecordBatch> {
    const { file, dispatch, selected, streams, origin } = this.#parts;
    const decoding: Decoding = {
      littleEndian: file.littleEndian,
      layout: file.pageLayout,
      typeOffset: dispatch.typeOffset,
      handlers: dispatch.handlers,
      counts: dispatch.counts,
      originHigh: Number(origin >> 32n),
      originLow: Number(origin & 0xffffffffn),
      toNs: selected.converter.toNs,
    };
    const input = {
      streams,
      decoding,
      extractors: dispatch.extractors,
      threadOffset: dispatch.threadOffset,
      markers: this.totals.markers,
      names: { threads: new ThreadNames(this.threads), interrupts: new HandlerNames(this.interruptNames) },
    };
    const batches = mergeStreams(input, supply, () => {
      this.#sumUp(decoding);
      return this.totals.lastNs;
    });
    for await (const batch of batches) {
      // The first batch must find the time of the first event in the totals.
      if (this.totals.firstNs === Infinity) this.#sumUp(decoding);
      yield batch;
    }
    this.#sumUp(decoding);
    this.#finish();
  }

  /** From the counters of the streams; may be called again. */
  #sumUp({ toNs }: Decoding): void {
    const { totals } = this;
    const { streams } = this.#parts;
    totals.events = totals.gaps = totals.lostEvents = totals.timeWentBack = 0;
    for (const { cpu, page, firstTicks, gaps, missed } of streams) {
      totals.gaps += gaps;
      totals.lostEvents += missed;
      totals.events += page.events;
      totals.timeWentBack += page.wentBack;
      totals.longestFrozenRun = Math.max(totals.longestFrozenRun, page.longestRun);
      if (page.events === 0) continue;
      totals.pcpus.add(cpu);
      totals.firstNs = Math.min(totals.firstNs, toNs ? toNs(firstTicks) : firstTicks);
      totals.lastNs = Math.max(totals.lastNs, toNs ? toNs(page.lastTicks) : page.lastTicks);
    }
  }

  #finish(): void {
    const { source, file, dispatch } = this.#parts;
    const undescribed = nameCounts(dispatch, this.totals.events, this.totals.eventCounts);
    if (undescribed > 0) {
      this.issues.add({
        code: 'trace-dat-undescribed',
        severity: 'warning',
        message: `${undescribed} events are of types that the file does not describe: it is damaged, or was recorded while modules were loaded`,
        source: source.name,
      });
    }
    noteLostEvents(file.options.cpuStats, this.totals, this.issues, source.name);
    checkGuestRecording(file.options, this.totals, this.issues, source.name);
  }
}

/** `uname` is stored as "Linux HOST RELEASE MACHINE". */
function hostFacts({ uname, recorderVersion }: Options): HostFacts {
  const [, hostname, kernel, architecture] = (uname ?? '').split(/\s+/);
  return {
    ...(hostname !== undefined && { hostname }),
    ...(kernel !== undefined && { kernel }),
    ...(architecture !== undefined && { architecture }),
    recorder: recorderVersion === undefined ? 'trace-cmd' : `trace-cmd ${recorderVersion}`,
  };
}

function noteCommandLines(text: string, threads: ThreadTable): void {
  for (const line of text.split('\n')) {
    const match = /^(\d{1,10}) (.+)$/.exec(line);
    if (match !== null && match[2] !== '<...>') threads.setName(Number(match[1]), match[2]);
  }
}
