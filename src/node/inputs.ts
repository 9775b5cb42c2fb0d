/** The inputs that a user names, opened: one recording, or several that are parts of one. */
import { realpathSync } from 'node:fs';
import type { ByteSource } from '../base/byte-source.js';
import { failure, type Issue, type Result, success } from '../base/issue.js';
import type { Format, OpenOptions } from '../formats/format.js';
import { detectFormat, openRecording } from '../formats/open.js';
import { hypervisorOf } from '../hypervisors/registry.js';
import {
  commonTime,
  mergeRecordings,
  shareOut,
  type Testimony,
  whyContradictory,
  whyNotOne,
} from '../recording/merge.js';
import type { Recording } from '../recording/recording.js';
import type { TracepointCatalog } from '../recording/tracepoint.js';
import { Witness } from '../recording/witness.js';
import { nodeCodecs } from './codecs.js';
import { isLargeEnough } from './decoder-thread.js';
import { type FileSource, openFile } from './file-source.js';
import { PipeSource } from './pipe-source.js';
import { type MeterCells, meterFile } from './read-meter.js';
import { openInThread } from './threaded-recording.js';

export interface InputOptions extends Pick<OpenOptions, 'clockHz'> {
  /** What to read; by default all that matters of the hypervisor whose recording it turns out to be. */
  readonly catalog?: TracepointCatalog;
  /** Counts what is read of the files. */
  readonly meter?: MeterCells;
}

export interface OpenedInput {
  readonly recording: Recording;
  /** The time that all inputs cover, ns since the first event; absent where that is all of the recording. */
  readonly common?: { readonly fromNs: number; readonly toNs: number };
  close(): void;
}

/** "-" stands for standard input. */
function openSource(path: string): Result<ByteSource & Partial<Pick<FileSource, 'close' | 'countBy'>>> {
  return path === '-' ? success(new PipeSource()) : openFile(path);
}

/** Formats whose records are numbers alone. */
const BINARY_FORMATS = ['trace-dat', 'perf-data', 'qnx-kev', 'xentrace'];

/** What is known of it if it is no recording. Loaded only then: with all readers of benchmarks it takes long. */
async function otherwiseReadable(source: ByteSource): Promise<Issue | undefined> {
  const { otherInput } = await import('./other-inputs.js');
  return otherInput(source);
}

async function recognized(source: ByteSource): Promise<Result<Format>> {
  const format = await detectFormat(source);
  if (format.ok || format.issue.code !== 'unknown-format') return format;
  const other = await otherwiseReadable(source);
  return other === undefined ? format : failure(other);
}

/** Why a file is no recording that can be read, as far as its beginning tells. Standard input is not asked: it is read once. */
export async function unreadableInput(path: string): Promise<Issue | undefined> {
  if (path === '-') return undefined;
  const source = openFile(path);
  if (!source.ok) return source.issue;
  try {
    const format = await recognized(source.value);
    return format.ok ? undefined : format.issue;
  } finally {
    source.value.close();
  }
}

async function openOne(path: string, given: InputOptions): Promise<Result<OpenedInput>> {
  const source = openSource(path);
  if (!source.ok) return source;
  const close = () => source.value.close?.();
  if (given.meter !== undefined) {
    meterFile(given.meter, source.value.size);
    source.value.countBy?.(given.meter);
  }
  const format = await recognized(source.value);
  if (!format.ok) {
    close();
    return format;
  }
  const { id } = format.value;
  if (isLargeEnough(source.value.size) && BINARY_FORMATS.includes(id)) {
    close();
    return openInThread(path, given);
  }
  const catalog = given.catalog ?? hypervisorOf(id).catalog;
  const recording = await openRecording(source.value, { ...given, catalog, codecs: nodeCodecs });
  if (recording.ok) return success({ recording: recording.value, close });
  close();
  return recording;
}

export async function openInputs(paths: readonly string[], options: InputOptions = {}): Promise<Result<OpenedInput>> {
  if (paths.length === 1) return openOne(paths[0], options);
  if (paths.includes('-')) {
    return failure({
      code: 'cannot-stream',
      severity: 'error',
      message: 'standard input cannot be one of several inputs, since those are read twice',
      hint: 'Save it to a file first.',
    });
  }
  const twice = paths.find((path, index) => paths.slice(0, index).some((other) => isSameFile(path, other)));
  if (twice !== undefined) {
    return failure({
      code: 'given-twice',
      severity: 'error',
      message: `${twice} is given more than once`,
      source: twice,
      hint: 'Several inputs must be parts of one recording.',
    });
  }
  const { meter: _unmetered, ...measuring } = options;
  const testimonies = await hearAll(paths, measuring);
  if (!testimonies.ok) return testimonies;
  const measured = testimonies.value.map(({ recording }) => recording);
  const refusal = guestIssue(measured) ?? whyNotOne(measured) ?? whyContradictory(testimonies.value);
  if (refusal !== undefined) return failure(refusal);
  const catalog = options.catalog ?? hypervisorOf(measured[0].format).catalog;
  const shares = shareOut(measured, catalog);
  const opened = await openEach(paths, (path, index) => openOne(path, { ...options, catalog: shares[index] }));
  if (!opened.ok) return opened;
  const { start, from, to } = commonTime(measured);
  const textPart = measured.findIndex((part) => part.symbols.size > 0);
  return success({
    recording: mergeRecordings(
      opened.value.map((input) => input.recording),
      textPart < 0 ? undefined : textPart,
    ),
    common: { fromNs: Number(from - start), toNs: Number(to - start) },
    close: () => closeAll(opened.value),
  });
}

/** All or none: where one cannot be opened, those before it are closed. */
export async function openEach(
  paths: readonly string[],
  open: (path: string, index: number) => Promise<Result<OpenedInput>>,
): Promise<Result<OpenedInput[]>> {
  const opened: OpenedInput[] = [];
  let isComplete = false;
  try {
    for (const [index, path] of paths.entries()) {
      const input = await open(path, index);
      if (!input.ok) return input;
      opened.push(input.value);
    }
    isComplete = true;
    return success(opened);
  } finally {
    if (!isComplete) closeAll(opened);
  }
}

function closeAll(inputs: readonly OpenedInput[]): void {
  for (const input of inputs) input.close();
}

/** A guest's own recording is about another machine, even where it shares the host's clock. */
function guestIssue(parts: readonly Recording[]): Issue | undefined {
  return parts.flatMap((part) => part.issues.list()).find((issue) => issue.code === 'guest-recording');
}

function isSameFile(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    // Opening it will say what is wrong.
    return false;
  }
}

async function hearAll(paths: readonly string[], options: InputOptions): Promise<Result<Testimony[]>> {
  const testimonies: Testimony[] = [];
  for (const path of paths) {
    const witness = new Witness();
    const read = await measure(path, options, witness);
    if (!read.ok) return read;
    testimonies.push({ recording: read.value, witness });
  }
  return success(testimonies);
}

/** Reads an input to its end, for its totals only. @param witness to remember what it says */
export async function measure(path: string, options: InputOptions, witness?: Witness): Promise<Result<Recording>> {
  const input = await openOne(path, options);
  if (!input.ok) return input;
  const { recording } = input.value;
  try {
    for await (const batch of recording.batches()) witness?.add(batch);
  } finally {
    input.value.close();
  }
  return success(recording);
}
