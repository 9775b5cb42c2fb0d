/** Which machine of one recording is which of the other. */
import type { Machine } from '../explain/explanation.js';
import type { AlignedMachine, Alignment } from './difference.js';

/**
 * By name where it is the same, and of only one machine on each side; the rest in their order.
 * @param areOfOne both sides are of one recording, so that a number of a thread means the same one on both
 */
export function alignedMachines(
  before: readonly Machine[],
  after: readonly Machine[],
  { areOfOne = false }: { readonly areOfOne?: boolean } = {},
): Alignment {
  const nameOf = ({ name }: Machine) => (areOfOne ? name : ownName(name));
  const byName = new Map(
    before.flatMap((machine) => {
      const name = nameOf(machine);
      const onlyOne = (machines: readonly Machine[]) => {
        const [first, ...others] = machines.filter((one) => nameOf(one) === name);
        return others.length === 0 ? first : undefined;
      };
      const twin = name !== undefined && onlyOne(before) ? onlyOne(after) : undefined;
      return twin === undefined ? [] : [[machine.id, twin] as const];
    }),
  );
  const taken = new Set([...byName.values()].map(({ id }) => id));
  const rest = after.filter(({ id }) => !taken.has(id));
  const machines: AlignedMachine[] = [];
  const onlyBefore: string[] = [];
  for (const machine of before) {
    const twin = byName.get(machine.id);
    const other = twin ?? rest.shift();
    if (other === undefined) onlyBefore.push(machine.id);
    else machines.push(aligned(machine, other, twin === undefined ? 'order' : 'name'));
  }
  return { machines, onlyBefore, onlyAfter: rest.map(({ id }) => id) };
}

/**
 * Without numbers of threads and processes, which two recordings share by chance, or have different ones of the same machine.
 * undefined where nothing is left of it (see groupMachines).
 */
function ownName(name: string): string | undefined {
  if (/^vCPU threads? \d/.test(name)) return undefined;
  const program = name.replace(/ \(process \d+\)/, '');
  return program !== name && program === 'VMM' ? undefined : program;
}

function aligned(before: Machine, after: Machine, by: AlignedMachine['by']): AlignedMachine {
  const [own, others] = [before, after].map(({ vcpus }) => vcpus.map(({ id }) => id));
  return {
    before: { id: before.id, name: before.name },
    after: { id: after.id, name: after.name },
    by,
    vcpusOnlyBefore: own.filter((id) => !others.includes(id)),
    vcpusOnlyAfter: others.filter((id) => !own.includes(id)),
  };
}
