/** What was recorded: by whom, on what, which events. */
import { formatCount, formatTime, plural, shownName } from '../../design/text.js';
import { Facts } from '../../design/tooltip.jsx';
import type { Explanation } from '../../engine/engine.js';

export function Recorded({ explanation: { recording } }: { explanation: Explanation }) {
  const { host, lostEvents, gaps, eventCounts, wholeNs, durationNs } = recording;
  const rows: (readonly [string, string])[] = [
    ['hypervisor', recording.hypervisor],
    ['format', recording.format],
    ['clock', `${shownName(recording.clock)}${recording.clockEstimated ? ' (frequency assumed)' : ''}`],
    ['events', formatCount(recording.events)],
    ['lost events', gaps === 0 ? '0' : `${formatCount(lostEvents)} known, in ${plural(gaps, 'gap')}`],
    ['length', durationNs < wholeNs ? `${formatTime(durationNs)} of ${formatTime(wholeNs)}` : formatTime(wholeNs)],
    ...Object.entries(host).flatMap(([name, value]): (readonly [string, string])[] =>
      typeof value === 'string' ? [[name, shownName(value)]] : [],
    ),
  ];
  const counts = Object.entries(eventCounts).toSorted((a, b) => b[1] - a[1]);
  return (
    <section class="card recorded" aria-label="What was recorded">
      <h2>What was recorded</h2>
      <Facts rows={rows} />
      <details>
        <summary>{plural(counts.length, 'kind')} of events</summary>
        <Facts rows={counts.map(([name, count]) => [shownName(name), formatCount(count)])} />
      </details>
    </section>
  );
}
