/** One input through everything: detection, reader, translator, ledger, Explanation, report. Throws what they throw. */
import { type ByteSource, MemorySource } from '../../src/base/byte-source.js';
import { failure, type Result, success } from '../../src/base/issue.js';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { RULES } from '../../src/findings/registry.js';
import type { OpenOptions } from '../../src/formats/format.js';
import { detectFormat, openRecording } from '../../src/formats/open.js';
import { PerfKvmStat, perfVocabulary } from '../../src/hypervisors/kvm/perf-kvm-stat.js';
import { hypervisorOf } from '../../src/hypervisors/registry.js';
import { translationOf } from '../../src/hypervisors/translation.js';
import type { Hypervisor } from '../../src/hypervisors/translator.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { mergeRecordings, shareOut, whyNotOne } from '../../src/recording/merge.js';
import type { RecordBatch } from '../../src/recording/record-batch.js';
import type { HostFacts, Recording } from '../../src/recording/recording.js';
import { textReport } from '../../src/report/text/index.js';
import { ForwardSource } from './forward-source.js';

export interface RunChoices {
  /** Read it as a pipe. */
  readonly streams: boolean;
  /** Make the reports too. */
  readonly reports: boolean;
  /** Only read and translate it: what comes after that costs as much again, and is tried with the others. */
  readonly readsOnly?: boolean;
  /** Explain it together with the seed of this name, as parts of one recording. */
  readonly beside?: string;
  readonly clockHz?: number;
  readonly fromNs?: number;
  readonly toNs?: number;
}

export interface Outcome {
  readonly opened: boolean;
  readonly records: number;
  readonly explained: boolean;
  /** Guest exits that the explanation counts. */
  readonly exits: number;
  /** The code of the issue with which it was refused; the codes met while it was read. */
  readonly issues: readonly string[];
  readonly lostEvents: number;
  readonly gaps: number;
}

const ALL_RULES = RULES.map(({ id }) => id);

const REFUSED = { opened: false, records: 0, explained: false, exits: 0, lostEvents: 0, gaps: 0 };

/** `beside`: the bytes of the other part, where the choices name one. */
export async function runOne(bytes: Uint8Array, choices: RunChoices, beside?: Uint8Array): Promise<Outcome> {
  const { clockHz, fromNs, toNs } = choices;
  const hypervisor = await hypervisorOfInput(bytes);
  const { catalog } = hypervisor;
  const options = { catalog, codecs: nodeCodecs, ...(clockHz !== undefined && { clockHz }) };
  const opened = beside === undefined ? await openOne(bytes, choices, options) : await join([bytes, beside], options);
  if (!opened.ok) return { ...REFUSED, issues: [opened.issue.code] };
  const recording = opened.value;
  const statistics = choices.reports ? perfStatistics() : [];
  const watched = watch(recording, statistics);
  if (choices.readsOnly === true) {
    for await (const _ of translationOf(recording, hypervisor, {}, false).batches());
    return outcomeOf(recording, watched.records);
  }
  const interval = fromNs === undefined ? {} : { fromNs, toNs: fromNs + (toNs ?? 0) };
  // What is found is looked for where it is printed as well: a twentieth of the inputs is enough for that.
  const findings = choices.reports ? {} : { ignore: ALL_RULES };
  const result = await explain(recording, hypervisor, { ...interval, findings });
  if (result.ok) {
    checkBooks(result.value);
    if (choices.reports) checkReports(result.value);
  }
  for (const table of statistics) table.report();
  return outcomeOf(recording, watched.records, result);
}

/** @param explained not given: nobody tried to */
function outcomeOf({ issues, totals }: Recording, records: number, explained?: Result<Explanation>): Outcome {
  const refusals = explained === undefined || explained.ok ? [] : [explained.issue.code];
  return {
    opened: true,
    records,
    explained: explained?.ok ?? false,
    exits: explained?.ok === true ? explained.value.totals.exits : 0,
    issues: [...issues.list().map(({ code }) => code), ...refusals],
    lostEvents: totals.lostEvents,
    gaps: totals.gaps,
  };
}

/** Whose events these bytes hold; any, where they hold none. */
async function hypervisorOfInput(bytes: Uint8Array): Promise<Hypervisor> {
  const format = await detectFormat(new MemorySource(bytes, 'fuzzed input'));
  return hypervisorOf(format.ok ? format.value.id : '');
}

function openOne(bytes: Uint8Array, { streams }: RunChoices, options: OpenOptions): Promise<Result<Recording>> {
  const source: ByteSource = streams ? new ForwardSource(bytes) : new MemorySource(bytes, 'fuzzed input');
  return openRecording(source, options);
}

/** Several inputs as one: each is read to its end first, as for files that a user names together. */
async function join(inputs: readonly Uint8Array[], options: OpenOptions): Promise<Result<Recording>> {
  const measured: Recording[] = [];
  for (const bytes of inputs) {
    const part = await openRecording(new MemorySource(bytes, 'part'), options);
    if (!part.ok) return part;
    for await (const _ of part.value.batches());
    measured.push(part.value);
  }
  const refusal = whyNotOne(measured);
  if (refusal !== undefined) return failure(refusal);
  const parts: Recording[] = [];
  for (const [index, catalog] of shareOut(measured, options.catalog).entries()) {
    const part = await openRecording(new MemorySource(inputs[index], 'part'), { ...options, catalog });
    if (!part.ok) return part;
    parts.push(part.value);
  }
  return success(mergeRecordings(parts));
}

const HOSTS: readonly HostFacts[] = [{ cpuid: 'AuthenticAMD,23,1,2' }, { architecture: 'aarch64' }];

const perfStatistics = (): PerfKvmStat[] =>
  HOSTS.map((host) => new PerfKvmStat({ event: 'vmexit', vocabulary: perfVocabulary(host)! }));

/** Counts the records of a recording on their way, and holds them to the contract of batches. */
function watch(recording: Recording, statistics: readonly PerfKvmStat[]): { records: number } {
  const watched = { records: 0 };
  const inner = recording.batches.bind(recording);
  recording.batches = async function* watchedBatches() {
    let last = Number.NEGATIVE_INFINITY;
    for await (const batch of inner()) {
      last = checkTimes(batch, last, recording);
      watched.records += batch.count;
      for (const table of statistics) table.add(batch);
      yield batch;
    }
  };
  return watched;
}

function checkTimes({ time, count }: RecordBatch, previous: number, { totals }: Recording): number {
  let last = previous;
  for (let row = 0; row < count; row++) {
    const now = time[row];
    if (!Number.isSafeInteger(now)) throw new Error(`record at time ${now}, which is no exact number`);
    if (now < last) throw new Error(`the time of the records goes from ${last} back to ${now}`);
    if (now < totals.firstNs) throw new Error(`record at ${now}, before the first event at ${totals.firstNs}`);
    last = now;
  }
  return last;
}

/** Whole numbers, none negative, each vCPU's sum is T. */
function checkBooks({ machines, recording }: Explanation): void {
  for (const { ledgerNs, durationNs, thread, exits } of machines.flatMap(({ vcpus }) => vcpus)) {
    const amounts = Object.values(ledgerNs);
    if (!amounts.every((ns) => Number.isSafeInteger(ns) && ns >= 0)) {
      throw new Error(`accounts of thread ${thread}: ${amounts.join(' ')}`);
    }
    if (amounts.reduce((sum, ns) => sum + ns, 0) !== durationNs || durationNs !== recording.durationNs) {
      throw new Error(`the accounts of thread ${thread} do not balance: ${durationNs} of ${recording.durationNs} ns`);
    }
    if (exits > recording.events) throw new Error(`${exits} exits in ${recording.events} events`);
  }
}

function checkReports(explanation: Explanation): void {
  const controls = /[\0-\x09\x0b-\x1f\x7f-\x9f]/.exec(textReport(explanation));
  if (controls !== null) throw new Error(`the text report has the control character ${controls[0].charCodeAt(0)}`);
  JSON.stringify(explanation, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${key} is ${value} in the explanation`);
    return value;
  });
}
