/** The timeline of a recording: what each vCPU did and who had each pCPU, down to single episodes, with names. */
import type { BlockStore } from '../episodes/block-store.js';
import { NO_LABEL, type Occupant, OccupantKind } from '../episodes/lanes.js';
import type { ExitLabel, Lane, OccupantLabel } from '../episodes/model.js';
import { EpisodeRecorder } from '../episodes/recorder.js';
import { EpisodeTimeline, type NamedLane } from '../episodes/timeline.js';
import type { Cells } from '../ledger/cells.js';
import type { Window } from '../ledger/window.js';
import { CAUSES } from '../recording/causes.js';
import type { ThreadTable } from '../recording/threads.js';
import type { ThreadNamer } from './culprits.js';
import { detailText, type Naming, reasonName } from './exits.js';
import type { CulpritKind } from './explanation.js';
import type { GuestFunctions } from './functions.js';
import type { MachineGroup } from './machines.js';

/** What `explain` knows when it has read everything. */
export interface EpisodeNaming {
  readonly machines: readonly MachineGroup[];
  readonly naming: Naming;
  readonly describe: ThreadNamer;
  readonly threads: ThreadTable;
  readonly nameOf: GuestFunctions['nameOf'];
  readonly schedulerSeen: boolean;
  /** From the first event of the recording to the start of T, and length of T, ns. */
  readonly fromNs: number;
  readonly lengthNs: number;
}

/** Give it to `explain`, then ask for its `timeline`. */
export class EpisodeObserver {
  readonly #store: BlockStore;
  readonly #mostBins: number | undefined;
  #recorder: EpisodeRecorder | undefined;
  #timeline: EpisodeTimeline | undefined;

  /** @param mostBins of all lanes together at the finest level in memory */
  constructor(store: BlockStore, mostBins?: number) {
    this.#store = store;
    this.#mostBins = mostBins;
  }

  begin(window: Window): EpisodeRecorder {
    const most = this.#mostBins;
    this.#recorder = new EpisodeRecorder(window, { store: this.#store, ...(most !== undefined && { mostBins: most }) });
    return this.#recorder;
  }

  name(known: EpisodeNaming): void {
    const recorder = this.#recorder;
    if (recorder === undefined) throw new Error('nothing has been observed');
    recorder.finish(known.lengthNs);
    const { fromNs, lengthNs, schedulerSeen, nameOf } = known;
    const occupants = recorder.occupants.threads.map((thread) => occupantLabel(thread, known));
    const exits = new ExitLabels(known.naming);
    this.#timeline = new EpisodeTimeline(recorder, {
      fromNs,
      lengthNs,
      schedulerSeen,
      lanes: [...vcpuLanes(recorder, known, exits), ...pcpuLanes(recorder, occupants)],
      exits: exits.list,
      occupants,
      functionAt: (machine, high, low) => nameOf(machine, high, low)?.name,
    });
  }

  get timeline(): EpisodeTimeline {
    if (this.#timeline === undefined) throw new Error('nothing has been observed');
    return this.#timeline;
  }
}

function vcpuLanes(recorder: EpisodeRecorder, { machines }: EpisodeNaming, exits: ExitLabels): NamedLane[] {
  const byThread = new Map(recorder.vcpus.map((lane) => [lane.thread, lane]));
  return machines.flatMap((machine) =>
    machine.members.flatMap(({ id, ledger }): NamedLane[] => {
      const recorded = byThread.get(ledger.thread);
      if (recorded === undefined) return [];
      const lane: Lane = {
        type: 'vcpu',
        machine: machine.id,
        number: id,
        thread: ledger.thread,
        name: `vCPU ${id} of ${machine.id}`,
      };
      const labelOf = exits.labelsOf(machine.id, ledger.books.cells);
      return [{ lane, books: recorded.books, labelOf, occupant: recorder.occupants.number(ledger.thread) }];
    }),
  );
}

function pcpuLanes(recorder: EpisodeRecorder, occupants: readonly OccupantLabel[]): NamedLane[] {
  const labelOf = Int32Array.from(occupants.keys());
  const kindOf = Uint8Array.from(occupants, ({ kind }) => OccupantKind[kind]);
  return recorder.pcpus.map(({ pcpu, books }) => ({
    lane: { type: 'pcpu', machine: '', number: pcpu, thread: -1, name: `pCPU ${pcpu}` },
    books,
    labelOf,
    kindOf,
    occupant: NO_LABEL,
  }));
}

/** What episodes are about: the cells of all vCPUs, those of one machine that are alike together. */
class ExitLabels {
  readonly list: ExitLabel[] = [];
  readonly #naming: Naming;
  readonly #known = new Map<string, number>();

  constructor(naming: Naming) {
    this.#naming = naming;
  }

  /** The label of each cell. */
  labelsOf(machine: string, cells: Cells): Int32Array {
    return Int32Array.from({ length: cells.count }, (_, cell) => this.#label(machine, cells, cell));
  }

  #label(machine: string, { cause, reason, detailClass, detailValue }: Cells, cell: number): number {
    const { reasons, details, deviceName } = this.#naming;
    const address = [detailClass[cell], detailValue[cell]] as const;
    const label: ExitLabel = {
      machine,
      cause: CAUSES[cause[cell]],
      reason: reasonName(reason[cell], reasons),
      detail: detailText(...address, details),
      device: deviceName(machine, ...address) ?? null,
    };
    const key = JSON.stringify(Object.values(label));
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.list.length);
    return this.list.push(label) - 1;
  }
}

const OCCUPANT_OF: Readonly<Record<CulpritKind, Occupant>> = {
  'sibling vCPU': 'vcpu',
  'other machine': 'vcpu',
  'VMM thread': 'vmm',
  'kernel thread': 'other',
  process: 'other',
  interrupt: 'interrupt',
  'idle pCPU': 'idle',
  'partition budget': 'other',
  unknown: 'unknown',
};

/** Stands for no machine: to it all vCPUs are those of others. */
const NO_MACHINE: MachineGroup = { id: '', name: '', basis: 'thread-order', members: [] };

function occupantLabel(thread: number, { machines, describe, threads }: EpisodeNaming): OccupantLabel {
  const { kind, name } = describe(thread, NO_MACHINE);
  const process = threads.process(thread);
  const owner =
    kind === 'VMM thread'
      ? machines.find((machine) => machine.process !== undefined && machine.process === process)
      : machines.find(({ members }) => members.some(({ ledger }) => ledger.thread === thread));
  const member = owner?.members.find(({ ledger }) => ledger.thread === thread);
  return {
    kind: OCCUPANT_OF[kind],
    name,
    thread: thread > 0 ? thread : -1,
    machine: owner?.id ?? null,
    vcpu: member?.id ?? null,
  };
}
