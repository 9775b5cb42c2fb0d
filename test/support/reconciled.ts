/** Recordings reconciled with benchmarks in this process, as the command does it. */
import { MemorySource } from '../../src/base/byte-source.js';
import { type Result, success } from '../../src/base/issue.js';
import type { BenchmarkFile } from '../../src/benchmarks/model.js';
import { readBenchmarks } from '../../src/benchmarks/reading.js';
import { explain } from '../../src/explain/explain.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import { Observation } from '../../src/explain/reconciliation/observation.js';
import { type ReconcileRequest, reconcile } from '../../src/explain/reconciliation/reconcile.js';
import type { Reconciliation } from '../../src/explain/reconciliation/reconciliation.js';
import type { View } from '../../src/explain/reconciliation/window.js';
import { openRecording } from '../../src/formats/open.js';
import { kvm } from '../../src/hypervisors/kvm/index.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { openInputs } from '../../src/node/inputs.js';
import type { Recording } from '../../src/recording/recording.js';

export interface Asked extends Pick<ReconcileRequest, 'native' | 'vm' | 'unrecorded' | 'benchmark'> {
  readonly part?: Pick<ExplainOptions, 'fromNs' | 'toNs' | 'machine' | 'vcpu'>;
  /** As a pipe, which cannot be read twice. */
  readonly once?: boolean;
}

async function viewOf(recording: Recording, options: ExplainOptions): Promise<Result<View>> {
  const observation = new Observation();
  const result = await explain(recording, kvm, { ...options, observation });
  return result.ok ? success({ explanation: result.value, observation }) : result;
}

export async function tryReconcile(
  open: () => Promise<Recording>,
  { part = {}, once, ...benchmarks }: Asked,
): Promise<Result<Reconciliation>> {
  const view = await viewOf(await open(), part);
  if (!view.ok) return view;
  const { machine, vcpu } = part;
  const chosen = { ...(machine !== undefined && { machine }), ...(vcpu !== undefined && { vcpu }) };
  return reconcile({
    view: view.value,
    isAsked: part.fromNs !== undefined || part.toNs !== undefined,
    ...benchmarks,
    ...(once !== true && {
      lookAgain: async (fromNs: number, toNs: number) => viewOf(await open(), { ...chosen, fromNs, toNs }),
    }),
  });
}

export async function reconcileFile(path: string, asked: Asked): Promise<Reconciliation> {
  return orThrow(await tryReconcile(() => openPath(path), asked));
}

async function openPath(path: string): Promise<Recording> {
  const input = await openInputs([path], { catalog: kvm.catalog });
  return orThrow(input).recording;
}

/** @param change makes another recording of the one that the bytes are */
export async function reconcileBytes(
  bytes: Uint8Array,
  asked: Asked,
  change = (recording: Recording): Recording => recording,
): Promise<Reconciliation> {
  const open = async () => {
    const source = new MemorySource(bytes);
    return change(orThrow(await openRecording(source, { catalog: kvm.catalog, codecs: nodeCodecs })));
  };
  return orThrow(await tryReconcile(open, asked));
}

export function benchmarkFile(text: string, source = 'benchmark.jsonl'): BenchmarkFile {
  return orThrow(readBenchmarks({ source, text, sibling: () => undefined }));
}

function orThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.issue.code}: ${result.issue.message}`);
  return result.value;
}
