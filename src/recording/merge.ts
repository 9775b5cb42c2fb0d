/**
 * Several inputs as one recording: possible when they cover the same time on the same clock, for example the
 * instances of one trace that were saved apart.
 */
import { type Issue, IssueLog } from '../base/issue.js';
import { InterruptNames } from './interrupt-names.js';
import { type BatchSupply, FIELD_SLOTS, LOSS_RECORD, type RecordBatch, reuseOneBatch } from './record-batch.js';
import { type Recording, RecordingTotals } from './recording.js';
import { SymbolTable } from './symbols.js';
import { ThreadTable } from './threads.js';
import type { TracepointCatalog } from './tracepoint.js';
import type { Witness } from './witness.js';

/** Why these parts, read to their ends, are not one recording; undefined where they are. */
export function whyNotOne(parts: readonly Recording[]): Issue | undefined {
  const [first, ...others] = parts;
  for (const other of others) {
    if (first.clock.name !== other.clock.name) {
      return refusal(
        `they were recorded with different clocks: ${nameOf(first)} with "${first.clock.name}", ${nameOf(other)} with "${other.clock.name}"`,
      );
    }
  }
  if (parts.filter((part) => part.symbols.size > 0).length > 1) return refusal('more than one of them is text');
  if (others.length > 0 && first.clock.name === 'ClockCycles') {
    return refusal('they are of QNX, where each reader numbers the threads for itself');
  }
  const { from, to } = commonTime(parts);
  if (from < to) return undefined;
  return refusal(
    `they do not cover the same time (${parts.map((part) => `${nameOf(part)}: ${seconds(startOf(part))} to ${seconds(endOf(part))}`).join('; ')})`,
  );
}

function refusal(reason: string, hint = 'Explain them one by one.'): Issue {
  const message = `The inputs cannot be explained as one recording: ${reason}.`;
  return { code: 'not-one-recording', severity: 'error', message, hint };
}

/** A recording that was read to its end, and what it says that others of the same time cannot contradict. */
export interface Testimony {
  readonly recording: Recording;
  readonly witness: Witness;
}

/** Which two of the parts cannot be of the same host and time, though they cover the same time on clocks of one name. */
export function whyContradictory(parts: readonly Testimony[]): Issue | undefined {
  for (const one of parts) {
    for (const other of parts) {
      if (one === other || !contradicts(one, other)) continue;
      const names = [one, other].map(({ recording }) => nameOf(recording));
      return refusal(
        `${names[0]} and ${names[1]} contradict each other: for the same pCPU at the same time they show different threads or events`,
        'They seem to be of different hosts or boots: explain them one by one. If one of them was recorded with a filter, leave it out.',
      );
    }
  }
  return undefined;
}

function contradicts({ recording, witness }: Testimony, other: Testimony): boolean {
  const shiftNs = Number(other.recording.originNs - recording.originNs);
  const seesSwitches = (recording.totals.eventCounts.get('sched:sched_switch') ?? 0) > 0;
  return witness.contradicts(other.witness, shiftNs, seesSwitches);
}

/** The time that all parts cover (`from` to `to`), and when the first one starts: on the recorder's clock, ns. */
export function commonTime(parts: readonly Recording[]): { start: bigint; from: bigint; to: bigint } {
  return {
    start: parts.map(startOf).reduce((a, b) => (a < b ? a : b)),
    from: parts.map(startOf).reduce((a, b) => (a > b ? a : b)),
    to: parts.map(endOf).reduce((a, b) => (a < b ? a : b)),
  };
}

/**
 * Which part delivers which tracepoint: two recorders may have written down the same event, and it happened once. The
 * part with the most of a kind has it.
 */
export function shareOut(parts: readonly Recording[], catalog: TracepointCatalog): TracepointCatalog[] {
  const shares: TracepointCatalog[number][][] = parts.map(() => []);
  for (const spec of catalog) {
    const counts = parts.map(({ totals }) => totals.eventCounts.get(`${spec.system}:${spec.event}`) ?? 0);
    shares[counts.indexOf(Math.max(...counts))].push(spec);
  }
  return shares;
}

/**
 * Parts opened afresh, each with its share of the catalog, as one recording.
 * @param textPart which of them is text, if one is: its records refer to its symbols
 */
export function mergeRecordings(parts: readonly Recording[], textPart?: number): Recording {
  const origin = parts.map((part) => part.originNs).reduce((a, b) => (a < b ? a : b));
  const [first] = parts;
  const merged: Merged = {
    format: [...new Set(parts.map((part) => part.format))].join(' + '),
    sources: parts.flatMap((part) => part.sources),
    clock: first.clock,
    host: Object.assign({}, ...parts.map((part) => part.host).reverse()),
    guests: parts.flatMap((part) => part.guests),
    originNs: origin,
    threads: new ThreadTable(),
    interruptNames: new InterruptNames(),
    symbols: textPart === undefined ? new SymbolTable() : parts[textPart].symbols,
    issues: new IssueLog(),
    totals: new RecordingTotals(),
    batches: (supply) => mergedBatches(parts, origin, merged, supply),
  };
  return merged;
}

/** A merged recording has a table, whether parts have one or not. */
type Merged = Recording & { readonly interruptNames: InterruptNames };

interface Cursor {
  readonly iterator: AsyncIterator<RecordBatch>;
  /** Added to the part's times to bring them to the common origin, ns. */
  readonly shift: number;
  batch: RecordBatch;
  row: number;
}

async function* mergedBatches(
  parts: readonly Recording[],
  origin: bigint,
  merged: Merged,
  supply: BatchSupply = reuseOneBatch(),
): AsyncGenerator<RecordBatch> {
  const cursors: Cursor[] = [];
  for (const part of parts) {
    const iterator = part.batches()[Symbol.asyncIterator]();
    const batch = await nextWithRows(iterator);
    if (batch !== undefined) cursors.push({ iterator, shift: Number(part.originNs - origin), batch, row: 0 });
  }
  addUp(parts, origin, merged);
  let out = supply();
  while (cursors.length > 0) {
    const cursor = cursors.reduce((a, b) => (headTime(b) < headTime(a) ? b : a));
    copyRow(cursor, out);
    cursor.row++;
    if (cursor.row === cursor.batch.count) {
      const batch = await nextWithRows(cursor.iterator);
      if (batch === undefined) cursors.splice(cursors.indexOf(cursor), 1);
      else Object.assign(cursor, { batch, row: 0 });
    }
    if (out.full) {
      yield out;
      out = supply();
    }
  }
  addUp(parts, origin, merged);
  for (const part of parts) {
    merged.threads.addEntries(part.threads.entries());
    merged.interruptNames.addEntries(part.interruptNames?.entries() ?? []);
    for (const [process, name] of part.threads.processNames()) merged.threads.setProcessName(process, name);
    for (const issue of part.issues.list()) merged.issues.add(issue);
  }
  if (out.count > 0) yield out;
}

/** A batch can be empty where none of the records read are wanted; undefined after the last one. */
async function nextWithRows(iterator: AsyncIterator<RecordBatch>): Promise<RecordBatch | undefined> {
  for (;;) {
    const next = await iterator.next();
    if (next.done) return undefined;
    if (next.value.count > 0) return next.value;
  }
}

const headTime = (cursor: Cursor): number => cursor.batch.time[cursor.row] + cursor.shift;

function copyRow({ batch, row, shift }: Cursor, out: RecordBatch): void {
  const to = out.count++;
  out.time[to] = batch.time[row] + shift;
  out.pcpu[to] = batch.pcpu[row]!;
  out.thread[to] = batch.thread[row]!;
  out.kind[to] = batch.kind[row]!;
  for (let slot = 0; slot < FIELD_SLOTS; slot++) {
    out.fields[to * FIELD_SLOTS + slot] = batch.fields[row * FIELD_SLOTS + slot]!;
  }
  // The first field of a loss is a time.
  if (batch.kind[row] === LOSS_RECORD) out.fields[to * FIELD_SLOTS] += shift;
}

function addUp(parts: readonly Recording[], origin: bigint, merged: Recording): void {
  const totals = Object.assign(merged.totals, new RecordingTotals());
  for (const { totals: part, originNs } of parts) {
    const shift = Number(originNs - origin);
    totals.events += part.events;
    totals.lostEvents += part.lostEvents;
    totals.gaps += part.gaps;
    totals.timeWentBack += part.timeWentBack;
    totals.longestFrozenRun = Math.max(totals.longestFrozenRun, part.longestFrozenRun);
    totals.firstNs = Math.min(totals.firstNs, part.firstNs + shift);
    totals.lastNs = Math.max(totals.lastNs, part.lastNs + shift);
    for (const pcpu of part.pcpus) totals.pcpus.add(pcpu);
    for (const [name, count] of part.eventCounts) {
      totals.eventCounts.set(name, (totals.eventCounts.get(name) ?? 0) + count);
    }
  }
}

const nameOf = (part: Recording): string => part.sources.join(', ');
const startOf = (part: Recording): bigint => part.originNs + finite(part.totals.firstNs);
const endOf = (part: Recording): bigint => part.originNs + finite(part.totals.lastNs);
/** A part without events covers no time. */
const finite = (time: number): bigint => (Number.isFinite(time) ? BigInt(time) : 0n);
const seconds = (time: bigint): string => `${(Number(time) / 1e9).toFixed(3)} s`;
