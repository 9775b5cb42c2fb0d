/** What configurations of qvm say that bears on the wait for pCPUs: for evidence, beside what was measured. */
import { groupedBy } from '../base/grouped-by.js';
import type { MachineConfiguration, Place } from '../platform/configurations/machine-configuration.js';
import type { Evidence, Machine } from './evidence.js';
import type { Reference } from './finding.js';

/** One sentence, and the lines that it is from. Untrusted text. */
export interface Note {
  readonly text: string;
  readonly references: readonly Reference[];
}

/** Its own, and none where several can be. */
function qvmConfigurations({ configurations }: Evidence, machine: string): readonly MachineConfiguration[] {
  const possible = (configurations.get(machine) ?? []).filter(({ format }) => format === 'qvmconf');
  return possible.length === 1 ? possible : [];
}

const referenceTo = ({ source, line }: Place): Reference => ({ kind: 'configuration', source, line });

const note = (text: string, places: readonly (Place | null)[]): Note => ({
  text,
  references: places.flatMap((place) => (place === null ? [] : [referenceTo(place)])),
});

/** A variable, wherever it is set; the last one counts. */
export function settingOf(evidence: Evidence, machine: string, name: string) {
  const own = qvmConfigurations(evidence, machine).flatMap(({ variables }) => variables);
  return own.findLast((variable) => variable.name === name);
}

/** As qvm reads booleans. */
const OFF = /^(off|no|n|false|0)$/i;

/** Where the machine is told to keep its pCPUs while its guest halts. */
export function keepsPcpus(evidence: Evidence, machine: string): Reference | undefined {
  const setting = settingOf(evidence, machine, 'exit-on-halt');
  return setting !== undefined && OFF.test(setting.value) ? referenceTo(setting.place) : undefined;
}

/** What configurations say of vCPUs that wait for vCPUs. */
export function sharingNotes(evidence: Evidence, machine: Machine): Note[] {
  return [
    ...tooManyVcpus(evidence, machine),
    ...onOnePcpu(evidence, machine),
    ...otherPriorities(evidence, machine),
    ...othersThatKeepPcpus(evidence, machine),
  ];
}

function tooManyVcpus(evidence: Evidence, { id }: Machine): Note[] {
  const { hostPcpus } = evidence.placement;
  return qvmConfigurations(evidence, id)
    .filter(({ vcpus }) => vcpus.length > hostPcpus)
    .map(({ vcpus }) =>
      note(
        `Its configuration has ${vcpus.length} vCPUs for the ${hostPcpus} pCPUs of the host: more than can ever run.`,
        [vcpus[hostPcpus].place],
      ),
    );
}

/** Two or more vCPUs that may run on the same single pCPU only. */
function onOnePcpu(evidence: Evidence, { id }: Machine): Note[] {
  const pinned = evidence.placement.vcpus.filter(
    ({ machine, configured }) => machine === id && configured?.length === 1,
  );
  const stated = qvmConfigurations(evidence, id).flatMap(({ vcpus }) => vcpus);
  return [...groupedBy(pinned, ({ configured }) => String(configured![0]))]
    .filter(([, own]) => own.length > 1)
    .map(([pcpu, own]) => {
      const numbers = own.map(({ vcpu }) => vcpu);
      const places = stated.filter((vcpu) => numbers.includes(vcpu.id)).map(({ place }) => place);
      return note(`Its configuration lets the vCPUs ${numbers.join(', ')} run on pCPU ${pcpu} alone.`, places);
    });
}

/** The priorities of its vCPUs' threads, where the configuration states them. */
export function priorityNote(evidence: Evidence, { id }: Machine): Note | undefined {
  const stated = scheduled(evidence, id);
  if (stated.length === 0) return undefined;
  const priorities = [...new Set(stated.map(({ priority }) => priority))].join(' and ');
  return note(
    `The threads of its vCPUs have priority ${priorities}: what takes their pCPUs has at least that.`,
    stated.map(({ place }) => place),
  );
}

function scheduled(evidence: Evidence, machine: string): { priority: number; place: Place | null }[] {
  return qvmConfigurations(evidence, machine)
    .flatMap(({ vcpus }) => vcpus)
    .flatMap(({ scheduling, place }) => (scheduling === null ? [] : [{ priority: scheduling.priority, place }]));
}

/** Of machines that it waits for and whose vCPUs are more urgent than its own. */
function otherPriorities(evidence: Evidence, { id }: Machine): Note[] {
  const own = scheduled(evidence, id);
  if (own.length === 0) return [];
  const least = Math.min(...own.map(({ priority }) => priority));
  return waitedFor(evidence, id).flatMap((other) => {
    const urgent = scheduled(evidence, other).filter(({ priority }) => priority > least);
    if (urgent.length === 0) return [];
    const most = Math.max(...urgent.map(({ priority }) => priority));
    return [
      note(
        `vCPUs of ${other} have priority ${most}, its own ${least}: on a pCPU that they share it runs only while these sleep.`,
        urgent.map(({ place }) => place),
      ),
    ];
  });
}

const othersThatKeepPcpus = (evidence: Evidence, { id }: Machine): Note[] =>
  waitedFor(evidence, id).flatMap((other) => {
    const reference = keepsPcpus(evidence, other);
    return reference === undefined
      ? []
      : [
          {
            text: `${other} keeps its pCPUs also while its guest has nothing to do (exit-on-halt off).`,
            references: [reference],
          },
        ];
  });

/** Machines whose vCPUs had its pCPUs. */
function waitedFor({ culprits, machines }: Evidence, id: string): string[] {
  const names = culprits
    .filter(({ machine, kind }) => machine === id && kind === 'other machine')
    .map(({ name }) => name);
  return machines.map((other) => other.id).filter((other) => names.some((name) => name.endsWith(` of ${other}`)));
}
