/** Benchmarks of both sides and a recording of the VM's run → how much of what was lost the recording explains. */
import { failure, type Issue, type Result, success } from '../../base/issue.js';
import { KNOWN_RULES, type MechanismRule, mechanismOf } from '../../benchmarks/mechanisms.js';
import type { BenchmarkFile } from '../../benchmarks/model.js';
import { keyOf, sideOf } from '../../benchmarks/reading.js';
import { ACCOUNTS, type AccountSums, GUEST_DELAY, noTime, sumOf } from '../../ledger/accounts.js';
import { choosePair, costsOf, type PairedCosts, pairedCosts, type Repetitions, repetitionsOf } from './costs.js';
import {
  CONFIDENCE,
  costEstimate,
  coverageEstimate,
  explainedEstimate,
  lostEstimate,
  outcomeOf,
  restEstimate,
  type Share,
  type Side,
  sideEstimate,
} from './estimates.js';
import { type Located, type LookAgain, locate } from './locate.js';
import type { ReconciledCause, Reconciliation } from './reconciliation.js';
import { lowest, recordingCostOf } from './recording-cost.js';
import { remarksOn } from './remarks.js';
import { delayOf, ledgerOf, varianceOfShare, type WindowLedger } from './share.js';
import type { View } from './window.js';

/** Of many stays in the guest the very shortest may be errors of the clock: of 1,000 one, of very many ten are passed over. */
const PASSED_OVER = 0.001;
const MOST_PASSED_OVER = 10;

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

function compose(evidence: Evidence): Reconciliation {
  const { request, pair, repetitionsNs, located, ledger } = evidence;
  const { window, view } = located;
  const { fromNs, toNs, durationNs } = view.explanation.recording;
  const [native, vm] = [sideEstimate(pair.native.samples), sideEstimate(pair.vm.samples)];
  // Of a window that is longer than the repetitions only so much is theirs.
  const workNs = window.sameRun && repetitionsNs !== null ? Math.min(repetitionsNs, durationNs) : durationNs;
  const operations = workNs / vm.mean;
  const { stays } = request.view.observation;
  const shortestStayNs = lowest(stays, Math.min(PASSED_OVER, MOST_PASSED_OVER / stays.count));
  const events = lostShare(evidence, workNs, 0);
  const explained = lostShare(evidence, workNs, shortestStayNs ?? 0);
  const lostNs = lostEstimate(native, vm);
  const outcome = outcomeOf(lostNs);
  const switches = ledger.exits / operations;
  const numbers: Omit<Reconciliation, 'remarks'> = {
    benchmark: pair.benchmark,
    metric: pair.metric,
    mechanism: mechanismOf(pair.vmSeries, [...(request.mechanisms ?? []), ...KNOWN_RULES]),
    sources: {
      native: sourcesOf(request.native),
      vm: sourcesOf(request.vm),
      unrecorded: sourcesOf(request.unrecorded ?? []),
    },
    confidence: CONFIDENCE,
    outcome,
    window: {
      basis: window.basis,
      fromNs,
      toNs,
      durationNs,
      repetitionsNs,
      awakeNs: window.awakeNs,
      sameRun: window.sameRun,
    },
    vcpus: ledger.machine.vcpus.map(({ id }) => ({
      machine: ledger.machine.id,
      vcpu: id,
      busyNs: Math.round(ledger.busyNs.get(id) ?? 0),
      counted: ledger.counted.has(id),
    })),
    operations,
    perOperation: {
      nativeNs: costEstimate(native),
      vmNs: costEstimate(vm),
      lostNs,
      ledgerNs: divided(ledger.ledgerNs, operations),
      eventsNs: explainedEstimate(vm, events),
      switchesNs: shortestStayNs === null ? null : switches * shortestStayNs,
      explainedNs: explainedEstimate(vm, explained),
      restNs: restEstimate(native, vm, explained),
    },
    causes: ledger.causes.map((cause) => dividedCause(cause, operations)),
    switches: { count: switches, shortestStayNs, stays: stays.count },
    coverage: {
      events: coverageEstimate(native, vm, events, outcome),
      explained: coverageEstimate(native, vm, explained, outcome),
    },
    recordingCost: recordingCostOf(request.view, located, ledger, operations, vm, unrecordedSide(evidence)),
  };
  return { ...numbers, remarks: remarksOn(numbers, evidence) };
}

/** The share of the benchmark's time that the ledger shows as lost, with so much added for every exit. */
function lostShare({ located, ledger }: Evidence, workNs: number, switchNs: number): Share {
  const { durationNs } = located.view.explanation.recording;
  const lost = sumOf(ledger.ledgerNs, GUEST_DELAY) + switchNs * ledger.exits;
  const { variance, degrees } = varianceOfShare(located.view, ledger, switchNs);
  return { share: lost / workNs, uncertainty: { variance: variance * (durationNs / workNs) ** 2, degrees } };
}

function unrecordedSide({ request, pair }: Evidence): Side | undefined {
  const key = keyOf(pair.vmSeries);
  const series = sideOf(request.unrecorded ?? []).series.find((one) => keyOf(one) === key);
  const costs = series === undefined ? undefined : costsOf(series);
  return costs === undefined ? undefined : sideEstimate(costs.samples);
}

const sourcesOf = (files: readonly BenchmarkFile[]): string[] => [...new Set(files.map(({ source }) => source))];

function divided(sums: AccountSums, by: number): AccountSums {
  const quotients = noTime();
  for (const account of ACCOUNTS) quotients[account] = sums[account] / by;
  return quotients;
}

function dividedCause({ cause, ns, exits, ledgerNs }: ReconciledCause, by: number): ReconciledCause {
  return { cause, ns: ns / by, ledgerNs: delayOf(divided({ ...noTime(), ...ledgerNs }, by)), exits: exits / by };
}
