/** What the ways into the guest and out of it cost, where the recording shows them. */
import { Histogram } from '../base/histogram.js';
import type { WorldSwitches } from '../ledger/world-switches.js';
import type { SwitchCost, VcpuWorldSwitches, WorldSwitchCosts } from './explanation.js';
import type { MachineGroup } from './machines.js';

/** Null where no vCPU has any: on hosts that write down when the guest itself is entered and left. */
export function worldSwitchCosts(machines: readonly MachineGroup[]): WorldSwitchCosts | null {
  const vcpus = machines.flatMap((machine) =>
    machine.members.flatMap(({ id, ledger: { books } }): VcpuWorldSwitches[] =>
      books.worldSwitches === undefined ? [] : [{ machine: machine.id, vcpu: id, ...costsOf(books.worldSwitches) }],
    ),
  );
  if (vcpus.length === 0) return null;
  const all = machines.flatMap((machine) => machine.members.flatMap(({ ledger }) => ledger.books.worldSwitches ?? []));
  return {
    inGuest: costOf(merged(all.map(({ visits }) => visits))),
    entry: costOf(merged(all.map(({ entries }) => entries))),
    exit: costOf(merged(all.map(({ exits }) => exits))),
    exitToCycles: costOf(merged(all.map(({ exitsToTold }) => exitsToTold))),
    notEntered: all.reduce((sum, { notEntered }) => sum + notEntered, 0),
    broken: all.reduce((sum, { broken }) => sum + broken, 0),
    vcpus,
  };
}

const costsOf = ({ visits, entries, exits, exitsToTold, notEntered, broken }: WorldSwitches) => ({
  inGuest: costOf(visits),
  entry: costOf(entries),
  exit: costOf(exits),
  exitToCycles: costOf(exitsToTold),
  notEntered,
  broken,
});

function merged(histograms: readonly Histogram[]): Histogram {
  const sum = new Histogram();
  for (const histogram of histograms) sum.merge(histogram);
  return sum;
}

function costOf(histogram: Histogram): SwitchCost {
  const { count, sum, max } = histogram;
  if (count === 0) return { count, totalNs: 0, p50Ns: null, p99Ns: null, maxNs: null };
  const [p50Ns, p99Ns] = histogram.percentiles([0.5, 0.99]);
  return { count, totalNs: sum, p50Ns, p99Ns, maxNs: max };
}
