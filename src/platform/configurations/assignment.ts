/** Which configuration is that of which machine of a recording. */
import type { Issue } from '../../base/issue.js';
import type { MachineConfiguration } from './machine-configuration.js';

export interface RecordedMachine {
  readonly id: string;
  /** Names that the recording gives it. */
  readonly names: readonly string[];
  /** How many vCPUs were seen; the machine may have more. */
  readonly vcpus: number;
}

export interface Assignment {
  /** By the machine's id: the configurations that can be its own. */
  readonly byMachine: ReadonlyMap<string, readonly MachineConfiguration[]>;
  readonly issues: readonly Issue[];
}

/**
 * A configuration belongs to the machine that has its name. The others can belong to any machine without one that does
 * not have more vCPUs; this is used only if there are enough of them for all of these machines, since otherwise a
 * machine might get the devices of another.
 */
export function assignConfigurations(
  machines: readonly RecordedMachine[],
  configurations: readonly MachineConfiguration[],
): Assignment {
  const byMachine = new Map<string, readonly MachineConfiguration[]>();
  const left = new Set(configurations);
  for (const { id, names } of machines) {
    const own = configurations.filter(({ name }) => name !== null && names.includes(name));
    if (own.length === 0) continue;
    byMachine.set(id, own);
    for (const one of own) left.delete(one);
  }
  const nameless = machines.filter(({ id }) => !byMachine.has(id));
  if (left.size < nameless.length) return { byMachine, issues: left.size === 0 ? [] : [unclear(nameless, left)] };
  const issues: Issue[] = [];
  for (const machine of nameless) {
    const possible = [...left].filter(({ vcpus }) => vcpus.length >= machine.vcpus);
    if (possible.length === 0) issues.push(tooManyVcpus(machine));
    else byMachine.set(machine.id, possible);
  }
  if (nameless.length === 0 && left.size > 0) issues.push(unused(left));
  return { byMachine, issues };
}

const namesOf = (configurations: Iterable<MachineConfiguration>): string =>
  [...configurations].map(({ name, source }) => (name === null ? source : `${name} (${source})`)).join(', ');

const unclear = (machines: readonly RecordedMachine[], left: Iterable<MachineConfiguration>): Issue => ({
  code: 'configuration-unclear',
  severity: 'warning',
  message: `It is not clear to which of ${machines.map(({ id }) => id).join(', ')} the configuration of ${namesOf(left)} belongs: it names no devices`,
  hint: 'Give the configurations of all machines that run in the recording.',
});

const tooManyVcpus = ({ id, vcpus }: RecordedMachine): Issue => ({
  code: 'configuration-unclear',
  severity: 'warning',
  message: `None of the configurations is that of ${id}, which has at least ${vcpus} vCPUs: its devices are not named`,
});

const unused = (left: Iterable<MachineConfiguration>): Issue => ({
  code: 'configuration-unused',
  severity: 'warning',
  message: `No machine in the recording is that of the configuration ${namesOf(left)}`,
});
