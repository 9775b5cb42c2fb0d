/** Reads a whole recording into plain rows, so that tests can compare them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type ByteSource, MemorySource } from '../../src/base/byte-source.js';
import type { Format, OpenOptions } from '../../src/formats/format.js';
import { KVM_CATALOG } from '../../src/hypervisors/kvm/tracepoints.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { FIELD_SLOTS, LOSS_RECORD } from '../../src/recording/record-batch.js';
import type { Recording } from '../../src/recording/recording.js';
import { fieldToSymbol } from '../../src/recording/symbols.js';
import type { Scenario } from './recordings.js';

export interface Row {
  readonly time: number;
  readonly pcpu: number;
  readonly thread: number;
  /** Name of the event, or "loss". */
  readonly event: string;
  /** By field name; wide ones as a bigint. Words are strings. Fields that the recording lacks are left out. */
  readonly fields: Readonly<Record<string, number | bigint | string>>;
}

export interface Records {
  readonly recording: Recording;
  readonly rows: readonly Row[];
}

export const OPTIONS: OpenOptions = { catalog: KVM_CATALOG, codecs: nodeCodecs };

/** Fields whose negative values are numbers. */
const SIGNED = new Set(['errno', 'thread']);

export async function readRecords(format: Format, source: ByteSource, options = OPTIONS): Promise<Records> {
  const opened = await format.open(source, options);
  if (!opened.ok) throw new Error(opened.issue.message);
  const recording = opened.value;
  const rows: Row[] = [];
  let last = Number.NEGATIVE_INFINITY;
  const specs = new Map(options.catalog.map((spec) => [spec.kind, spec]));
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row++) {
      const time = batch.time[row];
      if (!(time >= last)) throw new Error(`time went from ${last} to ${time}`);
      last = time;
      const [pcpu, thread, kind] = [batch.pcpu[row], batch.thread[row], batch.kind[row]];
      const values = batch.fields.subarray(row * FIELD_SLOTS, (row + 1) * FIELD_SLOTS);
      const spec = specs.get(kind);
      if (kind === LOSS_RECORD) {
        rows.push({ time, pcpu, thread, event: 'loss', fields: { from: values[0], count: values[1] } });
      } else if (spec !== undefined) {
        rows.push({ time, pcpu, thread, event: spec.event, fields: named(spec.fields, values, recording) });
      } else {
        throw new Error(`unknown record kind ${kind}`);
      }
    }
  }
  return { recording, rows };
}

export const readText = (format: Format, text: string, options: Partial<OpenOptions> = {}): Promise<Records> =>
  readRecords(format, new MemorySource(new TextEncoder().encode(text), 'text'), { ...OPTIONS, ...options });

function named(
  specs: readonly { readonly name: string; readonly type: string }[],
  values: Float64Array,
  recording: Recording,
): Row['fields'] {
  const fields: Record<string, number | bigint | string> = {};
  let slot = 0;
  for (const { name, type } of specs) {
    const value = values[slot];
    if (Number.isNaN(value)) {
      // This recording lacks the field.
    } else if (type === 'u64') {
      fields[name] = (BigInt(value) << 32n) | BigInt(values[slot + 1]);
    } else {
      fields[name] = value < 0 && !SIGNED.has(name) ? recording.symbols.text(fieldToSymbol(value)) : value;
    }
    slot += type === 'u64' ? 2 : 1;
  }
  return fields;
}

/** Runs a tool that tests compare with; says how to get it where it is missing. */
export function runTool(tool: 'perf' | 'trace-cmd', args: readonly string[]): string {
  const packages = { perf: 'linux-perf', 'trace-cmd': 'trace-cmd' };
  try {
    return execFileSync(tool, args, { encoding: 'utf8', maxBuffer: 2 ** 29, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`Tests compare with ${tool}: install the Debian package ${packages[tool]}.`, { cause: error });
  }
}

/** How often each event occurs. */
export function countByEvent(names: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Path of a file that the scenario must have. */
export function pathIn(found: Scenario | undefined, file: string): string {
  const path = found?.file(file);
  if (path === undefined) throw new Error(`${found?.name ?? 'the recordings'}: there is no ${file}`);
  return path;
}

export const textIn = (found: Scenario | undefined, file: string): string => readFileSync(pathIn(found, file), 'utf8');
