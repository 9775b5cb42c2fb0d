/** Benchmarks of both sides and a recording of the VM's run → how much of what was lost the recording explains. */
import { failure, type Issue, type Result, success } from '../../base/issue.js';
import type { MechanismRule } from '../../benchmarks/mechanisms.js';
import type { BenchmarkFile } from '../../benchmarks/model.js';
import { sideOf } from '../../benchmarks/reading.js';
import { compose } from './compose.js';
import { choosePair, costsOf, type PairedCosts, pairedCosts, type Repetitions, repetitionsOf } from './costs.js';
import { type Located, type LookAgain, locate } from './locate.js';
import type { Reconciliation } from './reconciliation.js';
import { ledgerOf, type WindowLedger } from './share.js';
import type { View } from './window.js';

export interface ReconcileRequest {
  /** The recording, as far as the user asked for it. */
  readonly view: View;
  /** Whether that was an interval of the user's, which is then taken as it is. */
  readonly isAsked: boolean;
  /** Files of the native side. */
  readonly native: readonly BenchmarkFile[];
  /** Files of the VM's side, measured while the recording was made. */
  readonly vm: readonly BenchmarkFile[];
  /** The same in the VM, measured without a recorder. */
  readonly unrecorded?: readonly BenchmarkFile[];
  /** Name of the benchmark, or "benchmark, metric"; may be left out where there is only one. */
  readonly benchmark?: string;
  /** What benchmarks exercise, asked before what is known. */
  readonly mechanisms?: readonly MechanismRule[];
  readonly lookAgain?: LookAgain;
}

/** Everything that the numbers follow from. */
export interface Evidence {
  readonly request: ReconcileRequest;
  readonly pair: PairedCosts;
  /** Of the repetitions in the window, ns by the guest's clock; null where the files do not tell. */
  readonly repetitionsNs: number | null;
  readonly located: Located;
  readonly ledger: WindowLedger;
}

export async function reconcile(request: ReconcileRequest): Promise<Result<Reconciliation>> {
  if (!request.view.explanation.recording.clockMeasuresTime) return failure(clockWithoutTime());
  const chosen = choosePair(pairedCosts(sideOf(request.native), sideOf(request.vm)), request.benchmark);
  if (!chosen.ok) return chosen;
  const repetitions = repetitionsOf(request.vm, chosen.value.vmSeries);
  const located = await locate(request.view, repetitions, request.isAsked, request.lookAgain);
  if (!located.ok) return located;
  const { view, window } = located.value;
  const ledger = ledgerOf(view, window.machine);
  const evidence = { request, located: located.value, ledger };
  const { runs } = window;
  if (runs === undefined) {
    return success(compose({ ...evidence, pair: chosen.value, repetitionsNs: repetitions.totalNs }));
  }
  const repetitionsNs = runs.reduce((sum, { lengthNs }) => sum + lengthNs, 0);
  return success(compose({ ...evidence, pair: onlyOf(chosen.value, runs), repetitionsNs }));
}

const clockWithoutTime = (): Issue => ({
  code: 'clock-without-time',
  severity: 'error',
  message: 'The clock of this recording does not measure time, so there is nothing to compare a benchmark with.',
  hint: 'Record with -C mono (trace-cmd) or --clockid mono (perf).',
});

/** Of the VM's runs only these. */
function onlyOf(pair: PairedCosts, runs: Repetitions['timed']): PairedCosts {
  const starts = new Set(runs.map(({ startedMs }) => startedMs));
  const within = pair.vmSeries.runs.filter(({ startedMs }) => startedMs !== undefined && starts.has(startedMs));
  return { ...pair, vm: costsOf({ ...pair.vmSeries, runs: within }) ?? pair.vm };
}
