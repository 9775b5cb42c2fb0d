/** Which machine has which configuration, and the name that it gives the machine. */
import type { Issue } from '../base/issue.js';
import {
  type Assignment,
  assignConfigurations,
  type DeviceAccess,
  type GivenConfiguration,
} from '../platform/configurations/assignment.js';
import { misfits, type RecordedSystem } from '../platform/configurations/misfits.js';
import type { DetailFormatter } from '../recording/causes.js';
import type { MachineGroup } from './machines.js';

export interface ConfiguredMachines {
  /** With the names of their configurations, where those are certain. */
  readonly all: readonly MachineGroup[];
  readonly assignment: Assignment;
  /** On configurations that cannot be those of the machines. */
  readonly doubts: readonly Issue[];
}

export function configuredMachines(
  machines: readonly MachineGroup[],
  given: readonly GivenConfiguration[],
  details: DetailFormatter,
  system: RecordedSystem,
): ConfiguredMachines {
  // Where pCPUs stand for vCPUs, nobody knows which machine it was.
  const recorded = machines
    .filter(({ basis }) => basis !== 'pcpu')
    .map(({ id, name, members }) => {
      return { id, names: [id, name], vcpus: members.length, accesses: accessesOf(members, details) };
    });
  const assignment = assignConfigurations(recorded, given);
  const names = machines.map(({ id }) => commonName(assignment.byMachine.get(id) ?? []));
  // A name that several machines could have is none.
  const isOnlyOnes = (name: string) => names.filter((other) => other === name).length === 1;
  const all = machines.map((machine, index) => {
    const name = names[index];
    return name !== undefined && isOnlyOnes(name) ? { ...machine, name } : machine;
  });
  return { all, assignment, doubts: misfits(recorded, given, assignment, system) };
}

/** A machine may use more registers than that, of which any of these names its devices as well. */
const MOST_ACCESSES = 1000;

/** Which devices the machine used, by the details of its exits. */
function accessesOf(members: MachineGroup['members'], details: DetailFormatter): DeviceAccess[] {
  const accesses = new Map<string, Required<DeviceAccess>>();
  for (const { ledger } of members) {
    const { cells } = ledger.books;
    for (let cell = 0; cell < cells.count && accesses.size < MOST_ACCESSES; cell++) {
      const found = details.address(cells.detailClass[cell], cells.detailValue[cell]);
      if (found === undefined || found.space === 'msr') continue;
      const key = `${found.space} ${found.address}`;
      const count = (accesses.get(key)?.count ?? 0) + cells.exits[cell];
      accesses.set(key, { space: found.space, address: found.address, count });
    }
  }
  return [...accesses.values()];
}

/** What all configurations that can be the machine's call it. */
function commonName([first, ...others]: readonly { readonly name: string | null }[]): string | undefined {
  const isCommon = others.every(({ name }) => name === first.name);
  return first === undefined || !isCommon ? undefined : (first.name ?? undefined);
}
