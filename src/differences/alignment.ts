/** Which machine of one recording is which of the other. */
import type { Machine } from '../explain/explanation.js';
import type { AlignedMachine, Alignment } from './difference.js';

/** By name where it is the same, and of only one machine on each side; the rest in their order. */
export function alignedMachines(before: readonly Machine[], after: readonly Machine[]): Alignment {
  const byName = new Map(
    before.flatMap((machine) => {
      const twin = onlyOneNamed(before, machine.name) ? onlyOneNamed(after, machine.name) : undefined;
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

function onlyOneNamed(machines: readonly Machine[], name: string): Machine | undefined {
  const [first, ...others] = machines.filter((machine) => machine.name === name);
  return others.length === 0 ? first : undefined;
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
