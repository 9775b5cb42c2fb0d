/** Which configuration is that of which machine of a recording. */
import type { Issue } from '../../base/issue.js';
import { deviceNames } from './device-names.js';
import type { MachineConfiguration } from './machine-configuration.js';

export interface RecordedMachine {
  readonly id: string;
  /** Names that the recording gives it. */
  readonly names: readonly string[];
  /** How many vCPUs were seen; the machine may have more. */
  readonly vcpus: number;
  /** Where its exits say that it used a device, as far as they do. */
  readonly accesses?: readonly DeviceAccess[];
}

export interface DeviceAccess {
  readonly space: 'port' | 'mmio';
  readonly address: number;
  /** How often, where it was counted. */
  readonly count?: number;
}

export interface GivenConfiguration {
  readonly configuration: MachineConfiguration;
  /** Id of the machine whose it is, where the user says so: of one that is there. */
  readonly machine?: string;
}

export interface Assignment {
  /** By the machine's id: the configurations that can be its own. */
  readonly byMachine: ReadonlyMap<string, readonly MachineConfiguration[]>;
  /** By the machine's id: what was seen in it, all of which holds at once. */
  readonly dumps: ReadonlyMap<string, readonly MachineConfiguration[]>;
  /** Why some name nothing. No number depends on that. */
  readonly notes: readonly (Issue & { readonly severity: 'note' })[];
}

type Note = Assignment['notes'][number];

/**
 * A configuration belongs to the machine that the user says, or that has its name. The others can belong to any machine
 * without one that does not have more vCPUs, and used no device that only another configuration has; this is used only if
 * there are enough of them for all of these machines, since otherwise a machine might get the devices of another.
 */
export function assignConfigurations(
  machines: readonly RecordedMachine[],
  given: readonly GivenConfiguration[],
): Assignment {
  const isDump = ({ configuration: { scope } }: GivenConfiguration) => scope === 'devices';
  const { byMachine, notes } = assignMachines(
    machines,
    given.filter((one) => !isDump(one)),
  );
  const dumps = assignDumps(machines, given.filter(isDump));
  return { byMachine, dumps: dumps.byMachine, notes: [...notes, ...dumps.notes] };
}

type Assigned = Pick<Assignment, 'byMachine' | 'notes'>;

/** What was seen says nothing of whose it is: it is that of the machine that the user says, or of the only one. */
function assignDumps(machines: readonly RecordedMachine[], given: readonly GivenConfiguration[]): Assigned {
  const only = machines.length === 1 ? machines[0].id : undefined;
  const byMachine = new Map<string, readonly MachineConfiguration[]>();
  const unclearOnes: MachineConfiguration[] = [];
  for (const { configuration, machine = only } of given) {
    if (machine === undefined) unclearOnes.push(configuration);
    else byMachine.set(machine, [...(byMachine.get(machine) ?? []), configuration]);
  }
  return { byMachine, notes: unclearOnes.length === 0 ? [] : [unclear(machines, unclearOnes)] };
}

function assignMachines(machines: readonly RecordedMachine[], given: readonly GivenConfiguration[]): Assigned {
  const byMachine = new Map<string, readonly MachineConfiguration[]>();
  const left = new Set(given);
  for (const recorded of machines) {
    const own = ownOf(recorded, given);
    if (own.length === 0) continue;
    byMachine.set(
      recorded.id,
      own.map(({ configuration }) => configuration),
    );
    for (const one of own) left.delete(one);
  }
  const open = machines.filter(({ id }) => !byMachine.has(id));
  const unstated = [...left].filter(({ machine }) => machine === undefined).map(({ configuration }) => configuration);
  const notes: Note[] = [];
  if (unstated.length < open.length) {
    if (unstated.length > 0) notes.push(unclear(open, unstated));
    return { byMachine, notes };
  }
  const possible = new Map<string, readonly MachineConfiguration[]>();
  for (const machine of open) {
    const large = unstated.filter(({ vcpus }) => vcpus.length >= machine.vcpus);
    if (large.length > 0) possible.set(machine.id, withDevicesOf(machine, large));
    else notes.push(tooManyVcpus(machine));
  }
  takeOut(possible);
  for (const [id, own] of possible) byMachine.set(id, own);
  notes.push(...leftOpen(open, unstated, possible));
  return { byMachine, notes };
}

/** Those that have every device that the machine used and that any of them has; all of them, if none does. */
function withDevicesOf(
  { accesses = [] }: RecordedMachine,
  candidates: readonly MachineConfiguration[],
): readonly MachineConfiguration[] {
  const devices = candidates.map((one) => ({ one, nameOf: deviceNames(new Map([[ANY, [one]]])) }));
  const having = accesses.map(({ space, address }) =>
    devices.filter(({ nameOf }) => nameOf(ANY, space, address) !== undefined).map(({ one }) => one),
  );
  const fitting = candidates.filter((one) => having.every((some) => some.length === 0 || some.includes(one)));
  return fitting.length > 0 ? fitting : candidates;
}

const ANY = 'any';

/** A configuration that is the only one of a machine is that of no other. */
function takeOut(possible: Map<string, readonly MachineConfiguration[]>): void {
  const settled = new Set<string>();
  for (;;) {
    const next = [...possible].find(([id, own]) => own.length === 1 && !settled.has(id));
    if (next === undefined) return;
    const [id, [taken]] = next;
    settled.add(id);
    for (const [other, all] of possible) {
      const rest = all.filter((one) => one !== taken);
      if (other !== id && rest.length > 0) possible.set(other, rest);
    }
  }
}

/** What it is not known of whose it is, and what can be no machine's. */
function leftOpen(
  open: readonly RecordedMachine[],
  unstated: readonly MachineConfiguration[],
  possible: ReadonlyMap<string, readonly MachineConfiguration[]>,
): Note[] {
  const unsure = [...possible].filter(([, own]) => own.length > 1);
  const doubtful = new Set(unsure.flatMap(([, own]) => own));
  const used = new Set([...possible.values()].flat());
  const rest = unstated.filter((one) => !used.has(one));
  const notes: Note[] = [];
  if (doubtful.size > 0) {
    const machines = open.filter(({ id }) => unsure.some(([unsureId]) => unsureId === id));
    notes.push(undecided(machines, [...doubtful]));
  }
  if (rest.length > 0) notes.push(unused(rest));
  return notes;
}

function ownOf({ id, names }: RecordedMachine, given: readonly GivenConfiguration[]): readonly GivenConfiguration[] {
  const stated = given.filter(({ machine }) => machine === id);
  if (stated.length > 0) return stated;
  return given.filter(
    ({ machine, configuration: { name } }) => machine === undefined && name !== null && names.includes(name),
  );
}

const namesOf = (configurations: readonly MachineConfiguration[]): string =>
  configurations.map(({ name, source }) => (name === null ? source : `${name} (${source})`)).join(', ');

const SAY_WHOSE = 'Say whose it is, with the id that the report shows: --config vm1=FILE.';

const unclear = (machines: readonly RecordedMachine[], left: readonly MachineConfiguration[]): Note => ({
  code: 'configuration-unclear',
  severity: 'note',
  message: `Whose configuration is ${namesOf(left)}: that of ${machines.map(({ id }) => id).join(' or ')}? It names no devices`,
  hint: `${SAY_WHOSE} Or give the configurations of all machines.`,
});

const undecided = (machines: readonly RecordedMachine[], left: readonly MachineConfiguration[]): Note => ({
  code: 'configuration-unclear',
  severity: 'note',
  message: `Whose configuration is ${namesOf(left)}: that of ${machines.map(({ id }) => id).join(' or ')}? Only what all of them say alike is used`,
  hint: SAY_WHOSE,
});

const tooManyVcpus = ({ id, vcpus }: RecordedMachine): Note => ({
  code: 'configuration-unclear',
  severity: 'note',
  message: `${id} has at least ${vcpus} vCPUs, and no configuration without a machine has so many: its devices are not named`,
  hint: SAY_WHOSE,
});

const unused = (left: readonly MachineConfiguration[]): Note => ({
  code: 'configuration-unused',
  severity: 'note',
  message: `No machine in the recording can be that of the configuration ${namesOf(left)}`,
});
