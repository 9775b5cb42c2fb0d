/** Which machine has which configuration, and the name that it gives the machine. */
import {
  type Assignment,
  assignConfigurations,
  type GivenConfiguration,
} from '../platform/configurations/assignment.js';
import type { MachineGroup } from './machines.js';

export interface ConfiguredMachines {
  /** With the names of their configurations, where those are certain. */
  readonly all: readonly MachineGroup[];
  readonly assignment: Assignment;
}

export function configuredMachines(
  machines: readonly MachineGroup[],
  given: readonly GivenConfiguration[],
): ConfiguredMachines {
  // Where pCPUs stand for vCPUs, nobody knows which machine it was.
  const recorded = machines
    .filter(({ basis }) => basis !== 'pcpu')
    .map(({ id, name, members }) => ({ id, names: [id, name], vcpus: members.length }));
  const assignment = assignConfigurations(recorded, given);
  const names = machines.map(({ id }) => commonName(assignment.byMachine.get(id) ?? []));
  // A name that several machines could have is none.
  const isOnlyOnes = (name: string) => names.filter((other) => other === name).length === 1;
  const all = machines.map((machine, index) => {
    const name = names[index];
    return name !== undefined && isOnlyOnes(name) ? { ...machine, name } : machine;
  });
  return { all, assignment };
}

/** What all configurations that can be the machine's call it. */
function commonName([first, ...others]: readonly { readonly name: string | null }[]): string | undefined {
  const isCommon = others.every(({ name }) => name === first.name);
  return first === undefined || !isCommon ? undefined : (first.name ?? undefined);
}
