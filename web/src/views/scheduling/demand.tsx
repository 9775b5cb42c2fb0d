/** How many vCPUs wanted a pCPU at the same time. */
import { formatShare, formatTime, plural } from '../../design/text.js';
import type { Explanation } from '../../engine/engine.js';

export function DemandBars({ explanation: { placement, recording } }: { explanation: Explanation }) {
  const { demand, hostPcpus } = placement;
  if (demand === null) return null;
  const most = Math.max(1, ...demand.runnable.map(({ ns }) => ns));
  return (
    <section class="card" aria-label="How many vCPUs wanted a pCPU at once">
      <h2>How many vCPUs ran or waited at once</h2>
      <p class="quiet">
        The host has {plural(hostPcpus, 'pCPU')}.{' '}
        {demand.aboveHostNs > 0
          ? `More than that wanted to run for ${formatTime(demand.aboveHostNs)} (${formatShare(demand.aboveHostNs, recording.durationNs)} of T).`
          : 'Never more than that wanted to run.'}
        {demand.unknownNs > 0 && ` Not known for ${formatTime(demand.unknownNs)}.`}
      </p>
      <ol class="bars demand">
        {demand.runnable.map(({ vcpus, ns }) => (
          <li key={vcpus} class={vcpus > hostPcpus ? 'above' : undefined}>
            <span class="bar-title">{plural(vcpus, 'vCPU')}</span>
            <span class="bar">
              <span style={{ width: `${(ns / most) * 100}%` }} />
            </span>
            <span class="number">
              {formatTime(ns)} <span class="quiet">{formatShare(ns, recording.durationNs)}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
