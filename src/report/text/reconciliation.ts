/** How much of what a benchmark lost the recording explains: about ten lines after the first screen. */

import { formatCount, formatNs, formatPercent } from '../../base/quantities.js';
import { MECHANISMS } from '../../benchmarks/mechanisms.js';
import type { Explanation } from '../../explain/explanation.js';
import type {
  Estimate,
  PerOperation,
  Reconciliation,
  WindowBasis,
} from '../../explain/reconciliation/reconciliation.js';
import { GUEST_DELAY } from '../../ledger/accounts.js';
import { printable, printableMessage } from '../untrusted.js';
import type { Style } from './style.js';

/** Causes, and accounts, that are named. */
const NAMED = 4;

export function reconciliationLines({ reconciliation }: Explanation, style: Style): string[] {
  if (reconciliation === null) return [];
  return [
    style.bold(`Reconciled with the benchmark ${printable(reconciliation.benchmark)}${mechanism(reconciliation)}`),
    ...resultLines(reconciliation, style),
    windowLine(reconciliation),
    recordingLine(reconciliation),
    ...remarkLines(reconciliation, style),
  ];
}

function mechanism({ mechanism, metric, confidence }: Reconciliation): string {
  const name = MECHANISMS.find(({ id }) => id === mechanism)?.name;
  const what = [printable(metric), ...(name === undefined ? [] : [name])].join(', ');
  return ` (${what}; means per operation, ${(confidence * 100).toFixed(0)} % intervals)`;
}

const OF_VM = 'What the vCPUs lost, of the time of an operation in the VM:';
/** Fieller's interval of a ratio whose denominator can be zero. */
const UNBOUNDED = 'No share of it is told: the loss may be zero, so the interval of a coverage has no bounds.';

function resultLines(reconciliation: Reconciliation, style: Style): string[] {
  const { outcome, perOperation } = reconciliation;
  const { nativeNs, vmNs, lostNs } = perOperation;
  const sides = `native ${formatNs(nativeNs.value)}, VM ${formatNs(vmNs.value)}`;
  if (outcome === 'gained') {
    return [
      `  ${sides}: ${style.bold('nothing was lost')}, the VM is faster (V − N ${withInterval(lostNs)}).`,
      ...shownLines(reconciliation, 'What the vCPUs lost all the same, of the time of an operation in the VM:'),
    ];
  }
  if (outcome === 'not-significant') {
    return [
      `  ${sides}: ${style.bold('no significant loss')} (V − N ${withInterval(lostNs)}), so there is nothing to explain.`,
      `  ${UNBOUNDED}`,
      ...shownLines(reconciliation, OF_VM),
    ];
  }
  const { explained } = reconciliation.coverage;
  if (explained === null) {
    return [
      `  ${sides}: V − N ${withInterval(lostNs)}.`,
      `  ${lostNs.value > 0 ? UNBOUNDED : 'No share of it is told: by these few numbers nothing was lost.'}`,
      ...shownLines(reconciliation, OF_VM),
    ];
  }
  return [
    `  ${sides}: ${withInterval(lostNs)} lost each. Of that the recording explains ${coveredText(explained, reconciliation.perOperation, style)}:`,
    ...shownLines(reconciliation),
    restLine(reconciliation),
  ];
}

/** How much is explained, and how much of it only by the estimate of world switches, of which the interval knows nothing. */
function coveredText(explained: Estimate, { eventsNs, switchesNs, lostNs }: PerOperation, style: Style): string {
  const covered = style.bold(percentWithInterval(explained));
  if (switchesNs === null || switchesNs <= 0) return covered;
  const share = (ns: number) => formatPercent((ns / lostNs.value) * 100);
  const exact = explained.low === null ? '' : ', which the interval takes as exact';
  return `${covered}, but events alone show ${share(eventsNs.value)}: the other ${share(switchesNs)} are an estimate${exact}`;
}

/** What is explained: by events, and by the estimate of world switches; as shares of what was lost, or else of V. */
function shownLines(reconciliation: Reconciliation, heading?: string): string[] {
  const { switches, coverage } = reconciliation;
  const { eventsNs, switchesNs, lostNs, vmNs } = reconciliation.perOperation;
  const whole = coverage.explained === null ? vmNs.value : lostNs.value;
  const share = (ns: number) => formatPercent((ns / whole) * 100);
  const events = `    ${share(eventsNs.value)} (${formatNs(eventsNs.value)}) shown by events: ${causes(reconciliation)}`;
  return [
    ...(heading === undefined ? [] : [`  ${heading}`]),
    events,
    `      by account: ${accounts(reconciliation)}`,
    ...(switchesNs === null
      ? []
      : [
          `    ${share(switchesNs)} (${formatNs(switchesNs)}) for leaving and entering the guest, an estimate: ${perOperation(switches.count, 'exits')}, and the shortest stays in the guest took ${formatNs(switches.shortestStayNs)} each`,
        ]),
  ];
}

function causes({ causes }: Reconciliation): string {
  const shown = causes.filter(({ ns }) => ns > 0);
  if (shown.length === 0) return 'nothing';
  const named = shown.slice(0, NAMED).map(({ cause, ns }) => `${cause} ${formatNs(ns)}`);
  return `${named.join(' · ')}${shown.length > NAMED ? ' · …' : ''}`;
}

function accounts({ perOperation: { ledgerNs } }: Reconciliation): string {
  const largest = GUEST_DELAY.filter((name) => ledgerNs[name] > 0).sort((a, b) => ledgerNs[b] - ledgerNs[a]);
  if (largest.length === 0) return 'nothing';
  return largest.map((name) => `${name} ${formatNs(ledgerNs[name])}`).join(' · ');
}

function restLine({ perOperation: { restNs, ledgerNs } }: Reconciliation): string {
  if (restNs.value < 0) return `  More is explained than was lost, by ${formatNs(-restNs.value)}: see below.`;
  const waits = ledgerNs.idle + ledgerNs.poll > 0 ? ', longer waits in halts' : '';
  return `  The rest, ${withInterval(restNs)}, is visible in no event: exits that take longer than the shortest, slower guest code (page walks in two dimensions, cache and TLB pollution, mitigations)${waits}, the clock.`;
}

const BASIS: Record<Exclude<WindowBasis, 'busiest-stretch'>, string> = {
  times: 'when the files say that it ran',
  asked: 'the interval asked for',
  'busy-part': 'the busy part of the recording',
  whole: 'all of the recording, which cannot be read twice',
};

function windowLine({ window, operations, vcpus }: Reconciliation): string {
  const { basis, fromNs, durationNs, repetitionsNs, awakeNs } = window;
  const names = vcpus.filter((vcpu) => vcpu.counted).map(({ machine, vcpu }) => `${machine}/${vcpu}`);
  const on = names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ', …' : '');
  const at = `${formatNs(durationNs)} from ${formatSeconds(fromNs)} on, ${formatCount(operations)} operations on ${on}`;
  if (basis === 'busiest-stretch') {
    return `  Window: ${at}: as long as all repetitions by the guest's clock, where a vCPU stands out most of ${formatNs(awakeNs)} that it was up`;
  }
  const repetitions =
    repetitionsNs === null ? '' : `; all repetitions take ${formatNs(repetitionsNs)} by the guest's clock`;
  return `  Window: ${at} (${BASIS[basis]})${repetitions}`;
}

const formatSeconds = (ns: number): string => `${(ns / 1e9).toFixed(3)} s`;

function recordingLine({ recordingCost }: Reconciliation): string {
  const { events, atMostNs, measuredNs } = recordingCost;
  const estimate = atMostNs === null ? 'of unknown cost' : `at most about ${formatNs(atMostNs)} (estimate)`;
  const measured = measuredNs === null ? '' : `; measured, recorded − unrecorded: ${withInterval(measuredNs)}`;
  return `  Recording itself, inside of these: ${perOperation(events, 'events')}, ${estimate}${measured}`;
}

/** A number of things per operation, which may be far below one. */
const perOperation = (value: number, noun: string): string =>
  `${value >= 0.1 ? value.toFixed(2) : value.toPrecision(2)} ${noun} per operation`;

function remarkLines({ remarks }: Reconciliation, style: Style): string[] {
  return remarks.flatMap(({ severity, message, hint }) => {
    const line = `  ${severity}: ${printableMessage(message)}`;
    const said = severity === 'note' ? style.dim(line) : style.warn(line);
    return hint === undefined || severity === 'note' ? [said] : [said, style.dim(`    ${printableMessage(hint)}`)];
  });
}

function withInterval({ value, low, high }: Estimate): string {
  if (low === null || high === null) return formatNs(value);
  return `${formatNs(value)} (${formatNs(low)} to ${formatNs(high)})`;
}

function percentWithInterval({ value, low, high }: Estimate): string {
  const percent = (share: number) => formatPercent(share * 100);
  if (low === null || high === null) return percent(value);
  return `${percent(value)} (${percent(low)} to ${percent(high)})`;
}
