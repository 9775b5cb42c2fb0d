/** Where every vCPU ran, against where it was meant to run. */

import type { VcpuPlacement } from '../../../../src/explain/placement.js';
import { cpuListText } from '../../../../src/platform/host/cpu-list.js';
import { accountColour } from '../../design/accounts.js';
import { type Column, Table } from '../../design/table.jsx';
import { formatCount, formatRate, formatShare, formatTime, shownName } from '../../design/text.js';
import type { Explanation } from '../../engine/engine.js';
import { HeatCell } from './heat-cell.jsx';

/** pCPUs that get a column; with more, places are listed in words. */
const MOST_COLUMNS = 32;

const meantFor = ({ configured, affinity }: VcpuPlacement): readonly number[] | null => configured ?? affinity;

export function PcpuMap({ explanation }: { explanation: Explanation }) {
  const { placement, recording } = explanation;
  const isMeant = placement.vcpus.some((vcpu) => meantFor(vcpu) !== null);
  return (
    <section class="card" aria-label="The pCPU map">
      <h2>The pCPU map: where vCPUs ran, and were meant to run</h2>
      <Table
        name="map"
        label="The pCPU map"
        columns={columnsOf(explanation)}
        rows={placement.vcpus}
        keyOf={({ machine, vcpu }) => `${machine}/${vcpu}`}
        order={{ column: 'vcpu', isDescending: false }}
        tools={
          <span class="quiet">
            {isMeant
              ? 'Framed: where the configuration, or the kernel, lets it run.'
              : 'Where they are meant to run is not known: no --config or --host that says it was given.'}
            {recording.clockMeasuresTime ? ' Shares are of T.' : ''}
          </span>
        }
      />
    </section>
  );
}

function columnsOf({ placement, recording, machines }: Explanation): Column<VcpuPlacement>[] {
  const { durationNs } = recording;
  const used = placement.vcpus.flatMap((vcpu) => [...vcpu.pcpus.map(({ pcpu }) => pcpu), ...(meantFor(vcpu) ?? [])]);
  const pcpus = [...new Set(used)].toSorted((a, b) => a - b);
  const timeOn = ({ pcpus }: VcpuPlacement, pcpu: number) => pcpus.find((place) => place.pcpu === pcpu);
  const isMeant = placement.vcpus.some((vcpu) => meantFor(vcpu) !== null);
  const name = ({ machine, vcpu }: VcpuPlacement) =>
    machines.length === 1 ? `vCPU ${vcpu}` : `${machine} vCPU ${vcpu}`;
  return [
    { id: 'vcpu', title: 'vCPU', value: name, show: (row) => shownName(name(row)) },
    ...(pcpus.length > MOST_COLUMNS ? [] : pcpus).map(
      (pcpu): Column<VcpuPlacement> => ({
        id: `pcpu ${pcpu}`,
        title: `pCPU ${pcpu}`,
        unit: 'ns',
        align: 'number',
        value: (row) => timeOn(row, pcpu)?.ns ?? null,
        show: (row) => {
          const place = timeOn(row, pcpu);
          return (
            <HeatCell
              share={(place?.ns ?? 0) / durationNs}
              colour={accountColour('guest')}
              isMeant={meantFor(row)?.includes(pcpu) === true}
            >
              {place === undefined ? '·' : place.ns === null ? 'ran' : formatShare(place.ns, durationNs)}
            </HeatCell>
          );
        },
      }),
    ),
    ...(pcpus.length > MOST_COLUMNS
      ? [
          {
            id: 'ran on',
            title: 'ran on pCPUs',
            value: ({ pcpus }: VcpuPlacement) => cpuListText(pcpus.map(({ pcpu }) => pcpu).toSorted((a, b) => a - b)),
          },
        ]
      : []),
    ...(isMeant
      ? [
          {
            id: 'meant',
            title: 'meant for',
            value: (row: VcpuPlacement) => {
              const meant = meantFor(row);
              return meant === null ? null : cpuListText(meant);
            },
          },
          {
            id: 'elsewhere',
            title: 'elsewhere',
            hint: 'Time on other pCPUs than those',
            unit: 'ns',
            align: 'number' as const,
            value: ({ elsewhereNs }: VcpuPlacement) => elsewhereNs,
            show: ({ elsewhereNs }: VcpuPlacement) => formatTime(elsewhereNs),
          },
        ]
      : []),
    {
      id: 'moves',
      title: 'migrations',
      hint: 'How often it ran on another pCPU than the last time',
      align: 'number',
      value: ({ moves }) => moves,
      show: ({ moves }) => formatCount(moves),
    },
    {
      id: 'moveRate',
      title: 'migrations a second',
      align: 'number',
      room: 'narrow',
      value: ({ moves }) => (moves * 1e9) / durationNs,
      show: ({ moves }) => (moves === 0 ? '·' : formatRate(moves, durationNs)),
    },
  ];
}
