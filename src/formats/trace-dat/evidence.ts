/** What the rest of the file says about the recording: losses that the kernel counted, and whose recording it is. */
import type { IssueLog } from '../../base/issue.js';
import type { RecordingTotals } from '../../recording/recording.js';
import type { Options } from './trace-file.js';

/** Counters of `per_cpu/cpuN/stats` that mean lost events. */
const LOSS_COUNTERS = ['overrun', 'commit overrun', 'dropped events'] as const;

/**
 * The kernel counts what it lost even where no page says so (at the end of a recording). These counters include
 * what the pages say, so that the larger of the two sums is the number of lost events.
 */
export function noteLostEvents(
  cpuStats: readonly string[],
  totals: RecordingTotals,
  issues: IssueLog,
  source: string,
): void {
  let lost = 0;
  for (const stats of cpuStats) {
    const cpu = /^CPU: *(\d+)/m.exec(stats)?.[1] ?? '?';
    const counted = LOSS_COUNTERS.map((counter) => [counter, counterValue(stats, counter)] as const).filter(
      ([, count]) => count > 0,
    );
    if (counted.length === 0) continue;
    lost += counted.reduce((sum, [, count]) => sum + count, 0);
    issues.add({
      code: 'events-lost',
      severity: 'warning',
      message: `CPU ${cpu} lost events while recording: ${counted.map(([name, count]) => `${name} ${count}`).join(', ')}`,
      source,
      hint: 'Record with larger buffers (trace-cmd record -b KILOBYTES) or fewer events.',
    });
  }
  totals.lostEvents = Math.max(totals.lostEvents, lost);
}

function counterValue(stats: string, counter: string): number {
  const match = new RegExp(`^${counter}: *(\\d{1,15})\\s*$`, 'm').exec(stats);
  return match === null ? 0 : Number(match[1]);
}

/**
 * A recording that an agent made inside a guest has the differences to its host's clock, no guests of its own and
 * no guest entries. Its vCPUs are the pCPUs of a machine of which it knows nothing.
 */
export function checkGuestRecording(options: Options, totals: RecordingTotals, issues: IssueLog, source: string): void {
  if (!options.hasTimeShift || options.guests.length > 0) return;
  const runsGuests = ['kvm:kvm_entry', 'kvm:kvm_exit'].some((name) => (totals.eventCounts.get(name) ?? 0) > 0);
  if (runsGuests) return;
  issues.add({
    code: 'guest-recording',
    severity: 'error',
    message: `${source} was recorded inside a guest: it does not show what the hypervisor did`,
    source,
    hint: 'Give the recording that was made on the host at the same time (usually trace.dat beside trace-GUEST.dat).',
  });
}
