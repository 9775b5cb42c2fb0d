/** Names for the interrupt handlers that ran on top of vCPUs. */
import type { HandlerRow } from './explanation.js';
import type { MachineGroup } from './machines.js';

/** Interrupts of one name are one row; the longest first. */
export function handlerRows(machines: readonly MachineGroup[], interruptName: (index: number) => string): HandlerRow[] {
  const rows = new Map<string, HandlerRow & { ns: number; count: number }>();
  for (const machine of machines) {
    for (const { id, ledger } of machine.members) {
      for (const { interrupt, ns, count } of ledger.books.handlerTimes()) {
        const name = interruptName(interrupt);
        const key = JSON.stringify([machine.id, id, name]);
        const row = rows.get(key);
        if (row === undefined) rows.set(key, { machine: machine.id, vcpu: id, name, ns, count });
        else Object.assign(row, { ns: row.ns + ns, count: row.count + count });
      }
    }
  }
  return [...rows.values()].sort((a, b) => b.ns - a.ns);
}
