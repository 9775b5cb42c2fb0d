/**
 * Real recordings of Xen hosts, with what other tools say of them: NAME.xen, NAME.xenalyze-summary.txt, … in one folder; and
 * written ones.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MemorySource } from '../../src/base/byte-source.js';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import { xentrace } from '../../src/formats/xentrace/index.js';
import { xen } from '../../src/hypervisors/xen/index.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { openInputs } from '../../src/node/inputs.js';
import { RECORDING_ROOTS, unpackedFiles } from './recordings.js';
import { type AuthoredRecord, xentraceFile } from './xentrace-author.js';

export interface XenRecording {
  readonly name: string;
  readonly path: string;
  /** Whether it is in the package. */
  readonly isBundled: boolean;
  /** Cycles per second of the host that it was made on, as "xl info" has them (ARM: the generic timer's). */
  readonly hz: number;
  /** The text of a witness, for example "record-counts"; empty where it has none. */
  readonly witness: (what: string) => string;
}

const X86_HZ = 2_596_096_000;
const ARM_HZ = 62_500_000;
/** As long as all others together: only where recordings are given. */
const found = new Map<string, XenRecording>();
for (const root of RECORDING_ROOTS) {
  for (const path of unpackedFiles(join(root, 'xen'), '.xen')) {
    const name = basename(path.unpacked, '.xen');
    if (found.has(name)) continue;
    found.set(name, {
      name,
      path: path.unpacked,
      isBundled: root === RECORDING_ROOTS[0],
      hz: name.startsWith('arm') ? ARM_HZ : X86_HZ,
      witness: (what) => {
        try {
          return readFileSync(join(path.folder, `${name}.${what}.txt`), 'utf8');
        } catch {
          return '';
        }
      },
    });
  }
}

export const xenRecordings = (): XenRecording[] => [...found.values()];
export const xenRecording = (name: string): XenRecording | undefined => found.get(name);

const explained = new Map<string, Promise<Explanation>>();

/** Explained with the host's true frequency; the same one only once. */
export function explanationOfXen(recording: XenRecording, options: ExplainOptions = {}): Promise<Explanation> {
  const key = JSON.stringify([recording.name, options]);
  let explanation = explained.get(key);
  if (explanation === undefined) {
    explanation = explainXen(recording.path, recording.hz, options);
    explained.set(key, explanation);
  }
  return explanation;
}

export async function explainXen(path: string, clockHz: number, options: ExplainOptions = {}): Promise<Explanation> {
  const input = await openInputs([path], { catalog: xen.catalog, clockHz });
  if (!input.ok) throw new Error(input.issue.message);
  const result = await explain(input.value.recording, xen, options);
  input.value.close();
  if (!result.ok) throw new Error(result.issue.message);
  return result.value;
}

/** Explains written records of pCPUs 0, 1, … A cycle is a nanosecond. */
export const explainXenRecords = (
  pcpus: readonly (readonly AuthoredRecord[])[],
  options: ExplainOptions = {},
): Promise<Explanation> =>
  explainXenBytes(xentraceFile(pcpus.map((records, pcpu) => [pcpu, records] as const)), 1e9, options);

export async function explainXenBytes(
  bytes: Uint8Array,
  clockHz: number,
  options: ExplainOptions = {},
): Promise<Explanation> {
  const opened = await xentrace.open(new MemorySource(bytes), { catalog: xen.catalog, codecs: nodeCodecs, clockHz });
  if (!opened.ok) throw new Error(opened.issue.message);
  const result = await explain(opened.value, xen, options);
  if (!result.ok) throw new Error(result.issue.message);
  return result.value;
}
