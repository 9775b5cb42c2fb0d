/** Records → events → ledger → Explanation. */
import { failure, type Issue, type Result, success } from '../base/issue.js';
import { findAll } from '../findings/find.js';
import { type Translation, translationOf } from '../hypervisors/translation.js';
import type { Glossary, Hypervisor } from '../hypervisors/translator.js';
import { Ledger } from '../ledger/ledger.js';
import type { PcpuLoss } from '../ledger/losses.js';
import { Window } from '../ledger/window.js';
import type { Assignment } from '../platform/configurations/assignment.js';
import { switchOf } from '../platform/configurations/quantities.js';
import type { Recording } from '../recording/recording.js';
import { configuredMachines } from './configured-machines.js';
import { culpritRows, type ThreadNamer, threadNamer } from './culprits.js';
import { DeviceNaming } from './devices.js';
import { ExitTable, type Naming } from './exits.js';
import type { Explanation, GroupBy, RecordingSummary } from './explanation.js';
import { GROUP_BY } from './explanation.js';
import { type GuestFunctions, guestFunctions } from './functions.js';
import { handlerRows } from './handlers.js';
import { affinities, hostOf, onlinePcpus, vocabulariesOf } from './host.js';
import { machineOf, totalsOf } from './machine-rows.js';
import { groupMachines, type MachineGroup } from './machines.js';
import type { ExplainOptions } from './options.js';
import { recordedArchitecture } from './other-host.js';
import { placementOf } from './placement.js';
import { judgeQuality } from './quality.js';
import { remarksOn } from './recorded.js';
import { sleepRows } from './sleeps.js';
import { sourcesOf } from './sources.js';
import { worldSwitchCosts } from './world-switches.js';
import { worstEpisodes } from './worst.js';

/** Explains an opened recording; fails where it holds nothing that can be explained. */
export async function explain(
  recording: Recording,
  hypervisor: Hypervisor,
  options: ExplainOptions = {},
): Promise<Result<Explanation>> {
  const { exitCodes } = options;
  if (exitCodes !== undefined && !hypervisor.leavesExitCodesOpen) return failure(codesAreKnown(recording, hypervisor));
  const told = exitCodes === undefined ? {} : { exitCodes };
  const translation = translationOf(recording, hypervisor, told, options.observation !== undefined);
  const { glossary } = translation;
  const books = await keepBooks(recording, translation, options);
  if (books === undefined) return failure(nothingToExplain(recording, hypervisor, glossary));
  const { ledger, window } = books;
  const { firstNs, lastNs } = recording.totals;
  if (lastNs > firstNs && window.overlap(firstNs, lastNs) === 0) return failure(emptyInterval(lastNs - firstNs));
  ledger.finish(firstNs, lastNs);
  for (const issue of ledger.limitsReached()) recording.issues.add(issue);

  const architecture = recordedArchitecture(recording.host, vocabulariesOf(glossary.reasons));
  const { all, assignment, doubts } = configuredMachines(
    groupMachines(ledger.vcpus, recording, hypervisor.machineWord),
    options.configurations ?? [],
    glossary.details,
    { hypervisor: glossary.hypervisor, architecture },
  );
  if (choose(all, options).length === 0) return failure(nothingChosen(all, options));
  const nobodys = options.configurations?.find((given) => isOfNoMachine(all, given));
  if (nobodys !== undefined)
    return failure(noSuchMachine(all, nobodys.machine, `the configuration ${nobodys.configuration.source}`));
  const strange = options.symbols?.find((given) => isOfNoMachine(all, given));
  if (strange !== undefined)
    return failure(noSuchMachine(all, strange.machine, `the kernel of ${strange.table.source}`));
  const known = { recording, hypervisor, options, glossary, ledger, window, all, assignment, doubts };
  options.parts?.keep((part) => {
    const wanted = { ...options, ...part };
    const chosen = choose(all, wanted);
    return chosen.length === 0
      ? failure(nothingChosen(all, wanted))
      : success(explanationOf(known, namesOf(known, chosen)));
  });
  const names = namesOf(known, choose(all, options));
  const lengthNs = window.overlap(firstNs, lastNs);
  options.series?.name(names.chosen, names.naming, lengthNs);
  const explanation = explanationOf(known, names);
  options.episodes?.name({
    machines: all,
    naming: names.naming,
    describe: names.describe,
    threads: recording.threads,
    nameOf: names.functions.nameOf,
    schedulerSeen: ledger.schedulerSeen,
    fromNs: window.from - firstNs,
    lengthNs,
  });
  return success(explanation);
}

/** A recording that has been read, with its books. */
interface Known {
  readonly recording: Recording;
  readonly hypervisor: Hypervisor;
  readonly options: ExplainOptions;
  readonly glossary: Glossary;
  readonly ledger: Ledger;
  readonly window: Window;
  readonly all: readonly MachineGroup[];
  readonly assignment: Assignment;
  /** On configurations that cannot be those of the machines. */
  readonly doubts: readonly Issue[];
}

/** What is looked at of it, and what things are called there. */
interface Names {
  readonly chosen: readonly MachineGroup[];
  readonly devices: DeviceNaming;
  readonly naming: Naming;
  readonly functions: GuestFunctions;
  readonly describe: ThreadNamer;
}

function namesOf({ recording, options, glossary, all, assignment }: Known, chosen: readonly MachineGroup[]): Names {
  const devices = new DeviceNaming(glossary, recording.host, assignment);
  const naming: Naming = {
    reasons: glossary.reasons,
    details: glossary.details,
    deviceName: (...address) => devices.name(...address),
  };
  return {
    chosen,
    devices,
    naming,
    functions: guestFunctions(chosen, naming, options.symbols ?? []),
    describe: threadNamer(all, recording.threads, (index) => glossary.interruptName(index)),
  };
}

function explanationOf(
  { recording, hypervisor, options, glossary, ledger, window, all, assignment, doubts }: Known,
  { chosen, devices, naming, functions, describe }: Names,
): Explanation {
  const table = new ExitTable(chosen, naming, recording.totals.firstNs);
  const exits = table.rows();
  const hasThreads = hypervisor.machineWord === undefined;
  const seen = {
    classes: glossary.eventClasses(),
    remarks: [...(glossary.remarks?.(switchedOn(all, options)) ?? []), ...assignment.notes, ...functions.notes],
  };
  const machines = chosen.map((group) => machineOf(group, seen, recording.threads, hasThreads));
  const totals = totalsOf(machines);
  const bases = chosen.map((group) => group.basis);
  const shown = new Set(machines.flatMap((machine) => machine.vcpus.map((vcpu) => `${machine.id}/${vcpu.id}`)));
  const worst = worstEpisodes(chosen, naming, recording, functions.nameOf, describe);
  const worldSwitches = worldSwitchCosts(chosen);
  const occurring = new Set(exits.map((row) => row.reason));
  const { host, doubt } = hostOf(options.host, recording, glossary);
  const judged = {
    version: 1 as const,
    recording: summaryOf(recording, glossary, window, ledger.losses),
    machines,
    totals,
    sources: sourcesOf(totals.ledgerNs, exits),
    exits,
    groups: Object.fromEntries(GROUP_BY.map((by) => [by, table.groups(by)])) as Record<
      GroupBy,
      ReturnType<ExitTable['groups']>
    >,
    reasons: glossary.reasons.list.filter((reason) => occurring.has(reason.name)).map((reason) => ({ ...reason })),
    culprits: culpritRows(all, describe, recording.threads).filter((row) => shown.has(`${row.machine}/${row.vcpu}`)),
    sleeps: sleepRows(chosen, describe, (state) => glossary.waitName?.(state) ?? String(state)),
    handlers: handlerRows(chosen, (index) => glossary.interruptName(index)),
    interrupts: glossary.interruptCounts?.() ?? [],
    worst,
    devices: devices.rows(),
    worldSwitches,
    placement: placementOf({
      places: ledger.placement,
      contention: ledger.contention,
      schedulerSeen: ledger.schedulerSeen,
      hostPcpus: onlinePcpus(host) ?? recording.host.pcpus ?? recording.totals.pcpus.size,
      all,
      chosen,
      describe,
      configurations: assignment.byMachine,
      clusters: recording.host.clusters,
      affinityOf: affinities(host),
      hasThreads,
    }),
    functions: functions.rows,
    symbols: functions.symbols,
    host,
    reconciliation: null,
    quality: judgeQuality({
      recording,
      losses: ledger.losses,
      gapsWithin: ledger.gapsWithin,
      classes: seen.classes,
      remarks: remarksOn(
        seen.remarks,
        chosen.map(({ process }) => process),
      ),
      doubts: doubt === undefined ? doubts : [doubt, ...doubts],
      advice: hypervisor.advice,
      worldSwitches,
      machines,
      bases,
      totals,
    }),
  };
  const evidence = { ...judged, configurations: assignment.byMachine };
  // What a change is worth, and how often something happens, can only be said in time.
  const measuresTime = judged.recording.timeUnit === 'ns';
  return { ...judged, findings: measuresTime ? findAll(evidence, options.findings) : [] };
}

interface KeptBooks {
  readonly ledger: Ledger;
  readonly window: Window;
}

async function keepBooks(
  recording: Recording,
  translation: Translation,
  options: ExplainOptions,
): Promise<KeptBooks | undefined> {
  let books: KeptBooks | undefined;
  let records = 0;
  for await (const batch of translation.batches()) {
    if (books === undefined) {
      // All events up to the first record have been seen now, so the start of T is known.
      const window = windowOf(recording.totals.firstNs, options);
      const [timeline, slices] = [options.observation?.begin(window), options.series?.begin(window)];
      const sink = options.episodes?.begin(window);
      books = { window, ledger: new Ledger(translation.glossary.reasons, window, timeline, slices, sink) };
      if ((options.symbols ?? []).length > 0) books.ledger.collectAddresses();
    }
    books.ledger.process(batch.events);
    if (batch.records !== undefined) options.observation?.see(batch.records, batch.events);
    records += batch.recordCount;
    options.onProgress?.(records);
  }
  return books?.ledger.vcpus.length === 0 ? undefined : books;
}

function windowOf(first: number, { fromNs = 0, toNs = Infinity }: ExplainOptions): Window {
  return new Window(first + Math.max(0, fromNs), first + toNs);
}

function emptyInterval(lengthNs: number) {
  return {
    code: 'empty-interval',
    severity: 'error' as const,
    message: `The interval asked for is empty or lies outside the recording, which is ${(lengthNs / 1e9).toFixed(3)} s long.`,
    hint: 'Give its start and end as times since the first event, the earlier one first.',
  };
}

const codesAreKnown = ({ sources }: Recording, { name }: Hypervisor) => ({
  code: 'exit-codes-known',
  severity: 'error' as const,
  message: `${sources.join(', ')} is a recording of ${name}, which says itself what its exit codes are`,
  hint: 'Leave --exit-codes out: it is for traces of QNX hosts.',
});

const COPY_AGAIN =
  'No event could be read. Copy the file again, or record again: one that is cut can have lost the index of its data.';

function nothingToExplain({ totals, sources, issues }: Recording, { advice }: Hypervisor, glossary: Glossary) {
  const worst = issues.list().find((issue) => issue.severity === 'error');
  if (worst !== undefined) return worst;
  // Without any event it is the file that is to blame, where the reader found fault with it.
  const doubt = issues.list().find((issue) => issue.severity === 'warning');
  if (totals.events === 0 && doubt !== undefined) return { ...doubt, hint: doubt.hint ?? COPY_AGAIN };
  const remark = glossary.remarks?.().find(({ severity }) => severity === 'warning');
  const counts = byCount(totals.eventCounts).slice(0, 5);
  const found = counts.length === 0 ? 'no events at all' : counts.map(([name, count]) => `${count} ${name}`).join(', ');
  // Exits can be there and nobody knows whose they are: the remark says so, and what to record.
  const what = remark?.code === 'unattributed' ? 'No guest exit or entry that counts' : 'No guest exit or entry';
  return {
    code: 'no-guest-exits',
    severity: 'error' as const,
    message: `${what} in ${sources.join(', ')}: nothing can be measured. It holds ${found}.${remark === undefined ? '' : ` ${remark.message}`}`,
    hint: remark?.hint ?? advice.everything,
  };
}

const isOfNoMachine = (all: readonly MachineGroup[], { machine }: { readonly machine?: string }): boolean =>
  machine !== undefined && !all.some(({ id }) => id === machine);

function noSuchMachine(all: readonly MachineGroup[], machine: string | undefined, what: string) {
  return {
    code: 'not-in-recording',
    severity: 'error' as const,
    message: `The recording has no machine "${machine}", whose ${what} was said to be.`,
    hint: `It has ${listOf(all)}.`,
  };
}

/** For people: the machines that can be asked for. */
const listOf = (all: readonly MachineGroup[]): string =>
  all.map(({ id, members }) => `${id} (vCPU ${members.map((member) => member.id).join(', ')})`).join('; ');

function nothingChosen(all: readonly MachineGroup[], { machine, vcpu }: ExplainOptions) {
  const wanted = [machine !== undefined && `machine "${machine}"`, vcpu !== undefined && `vCPU ${vcpu}`];
  return {
    code: 'not-in-recording',
    severity: 'error' as const,
    message: `The recording has no ${wanted.filter((text) => text !== false).join(' with ')}.`,
    hint: `It has ${listOf(all)}.`,
  };
}

/** Whether every machine has a configuration, and all of them switch a variable on; the last statement of one counts. */
function switchedOn(all: readonly MachineGroup[], { configurations = [] }: ExplainOptions) {
  return (variable: string): boolean =>
    configurations.length >= all.length &&
    configurations.every(({ configuration }) => {
      const set = configuration.variables.findLast(({ name }) => name === variable);
      return set !== undefined && switchOf(set.value) === true;
    });
}

function choose(all: readonly MachineGroup[], { machine, vcpu }: ExplainOptions): MachineGroup[] {
  return all
    .filter((group) => machine === undefined || group.id === machine || group.name === machine)
    .map((group) => ({ ...group, members: group.members.filter(({ id }) => vcpu === undefined || id === vcpu) }))
    .filter((group) => group.members.length > 0);
}

function summaryOf(
  recording: Recording,
  glossary: Glossary,
  window: Window,
  losses: readonly PcpuLoss[],
): RecordingSummary {
  const { totals, clock } = recording;
  const from = window.from;
  const to = Math.max(from, Math.min(window.to, totals.lastNs));
  return {
    sources: recording.sources,
    format: recording.format,
    hypervisor: glossary.hypervisor,
    clock: clock.name,
    clockMeasuresTime: clock.measuresTime,
    timeUnit: clock.measuresTime || recording.cycles === undefined ? 'ns' : 'cycles',
    clockEstimated: clock.estimated ?? false,
    startNs: (recording.originNs + BigInt(from)).toString(),
    fromNs: from - totals.firstNs,
    toNs: to - totals.firstNs,
    durationNs: to - from,
    wholeNs: totals.lastNs - totals.firstNs,
    events: totals.events,
    lostEvents: totals.lostEvents,
    gaps: totals.gaps,
    losses,
    pcpus: totals.pcpus.size,
    host: recording.host,
    eventCounts: Object.fromEntries(byCount(totals.eventCounts)),
  };
}

/** The most frequent first, whatever the order in which they came. */
function byCount(counts: ReadonlyMap<string, number>): [name: string, count: number][] {
  return [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
}
