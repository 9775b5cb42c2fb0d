/** Evidence → the numbers of a reconciliation. */
import { KNOWN_RULES, mechanismOf } from '../../benchmarks/mechanisms.js';
import type { BenchmarkFile } from '../../benchmarks/model.js';
import { keyOf, sideOf } from '../../benchmarks/reading.js';
import { ACCOUNTS, type AccountSums, GUEST_DELAY, noTime, sumOf } from '../../ledger/accounts.js';
import { costsOf } from './costs.js';
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
import type { Evidence } from './reconcile.js';
import type {
  PerOperation,
  ReconciledCause,
  ReconciledVcpu,
  ReconciledWindow,
  Reconciliation,
  Switches,
} from './reconciliation.js';
import { lowest, recordingCostOf } from './recording-cost.js';
import { remarksOn } from './remarks.js';
import { delayOf, varianceOfShare } from './share.js';

/** Of many stays in the guest the very shortest may be errors of the clock: of 1,000 one, of very many ten are passed over. */
const PASSED_OVER = 0.001;
const MOST_PASSED_OVER = 10;

/** What all numbers follow from. */
interface Basis {
  readonly native: Side;
  readonly vm: Side;
  readonly operations: number;
  readonly switches: Switches;
  /** Of V, lost as events show, and with world switches. */
  readonly events: Share;
  readonly explained: Share;
}

export function compose(evidence: Evidence): Reconciliation {
  const { request, pair, located, ledger } = evidence;
  const basis = basisOf(evidence);
  const { native, vm, operations, events, explained } = basis;
  const perOperation = perOperationOf(basis, ledger.ledgerNs);
  const outcome = outcomeOf(perOperation.lostNs);
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
    window: windowOf(evidence),
    vcpus: vcpusOf(evidence),
    operations,
    perOperation,
    causes: ledger.causes.map((cause) => dividedCause(cause, operations)),
    switches: basis.switches,
    coverage: {
      events: coverageEstimate(native, vm, events, outcome),
      explained: coverageEstimate(native, vm, explained, outcome),
    },
    recordingCost: recordingCostOf(request.view, located, ledger, operations, vm, unrecordedSide(evidence)),
  };
  return { ...numbers, remarks: remarksOn(numbers, evidence) };
}

function basisOf(evidence: Evidence): Basis {
  const { request, pair, repetitionsNs, located, ledger } = evidence;
  const { durationNs } = located.view.explanation.recording;
  const [native, vm] = [sideEstimate(pair.native.samples), sideEstimate(pair.vm.samples)];
  // Of a window that is longer than the repetitions only so much is theirs.
  const isTold = located.window.sameRun && repetitionsNs !== null;
  const workNs = isTold ? Math.min(repetitionsNs, durationNs) : durationNs;
  const operations = workNs / vm.mean;
  const { stays } = request.view.observation;
  const shortestStayNs = lowest(stays, Math.min(PASSED_OVER, MOST_PASSED_OVER / stays.count));
  return {
    native,
    vm,
    operations,
    switches: { count: ledger.exits / operations, shortestStayNs, stays: stays.count },
    events: lostShare(evidence, workNs, 0),
    explained: lostShare(evidence, workNs, shortestStayNs ?? 0),
  };
}

/** The share of the benchmark's time that the ledger shows as lost, with so much added for every exit. */
function lostShare({ located, ledger }: Evidence, workNs: number, switchNs: number): Share {
  const { durationNs } = located.view.explanation.recording;
  const lost = sumOf(ledger.ledgerNs, GUEST_DELAY) + switchNs * ledger.exits;
  const { variance, degrees } = varianceOfShare(located.view, ledger, switchNs);
  return { share: lost / workNs, uncertainty: { variance: variance * (durationNs / workNs) ** 2, degrees } };
}

function perOperationOf(
  { native, vm, operations, switches, events, explained }: Basis,
  ledgerNs: AccountSums,
): PerOperation {
  const { count, shortestStayNs } = switches;
  return {
    nativeNs: costEstimate(native),
    vmNs: costEstimate(vm),
    lostNs: lostEstimate(native, vm),
    ledgerNs: divided(ledgerNs, operations),
    eventsNs: explainedEstimate(vm, events),
    switchesNs: shortestStayNs === null ? null : count * shortestStayNs,
    explainedNs: explainedEstimate(vm, explained),
    restNs: restEstimate(native, vm, explained),
  };
}

function windowOf({ located: { window, view }, repetitionsNs }: Evidence): ReconciledWindow {
  const { fromNs, toNs, durationNs } = view.explanation.recording;
  const { basis, awakeNs, sameRun } = window;
  return { basis, fromNs, toNs, durationNs, repetitionsNs, awakeNs, sameRun };
}

const vcpusOf = ({ ledger: { machine, busyNs, counted } }: Evidence): ReconciledVcpu[] =>
  machine.vcpus.map(({ id }) => ({
    machine: machine.id,
    vcpu: id,
    busyNs: Math.round(busyNs.get(id) ?? 0),
    counted: counted.has(id),
  }));

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
