/** What two recordings are of: one and the same, or hosts that differ so much that a comparison is about that. */
import type { Issue } from '../base/issue.js';
import type { Explanation, RecordingSummary } from '../explain/explanation.js';

export function recordingIssues(before: Explanation, after: Explanation): Issue[] {
  return [...sameRecording(before, after), ...differentHosts(before.recording, after.recording)];
}

/** Or of a copy of it, also where the sides are different parts: they begin at the same moment and are as long. */
export function areOfOneRecording(before: Explanation, after: Explanation): boolean {
  const [one, other] = [before, after].map(({ recording: { startNs, fromNs, wholeNs, events } }) =>
    [BigInt(startNs) - BigInt(Math.round(fromNs)), wholeNs, events].join(' '),
  );
  return one === other;
}

/** Also a copy of it: no two recordings begin at the same nanosecond, and have as many events and the same books. */
function sameRecording(before: Explanation, after: Explanation): Issue[] {
  const [identity, other] = [before, after].map(({ recording, totals }) =>
    JSON.stringify([recording.startNs, recording.durationNs, recording.events, totals.exits, totals.ledgerNs]),
  );
  if (identity !== other) return [];
  const message = 'Both sides are the same recording, or the same part of it: there is nothing to differ.';
  const hint = 'Parts of one recording are compared with --before-part and --after-part.';
  return [{ code: 'same-recording', severity: 'warning', message, hint }];
}

interface Fact {
  readonly name: string;
  readonly of: (recording: RecordingSummary) => string | undefined;
  /** Whether exits and what they cost are of another kind where it differs. */
  readonly isDeep: boolean;
}

const FACTS: readonly Fact[] = [
  { name: 'hypervisor', of: ({ hypervisor }) => hypervisor, isDeep: true },
  { name: 'architecture', of: ({ host }) => host.architecture, isDeep: true },
  { name: 'CPU', of: ({ host }) => host.cpuModel ?? host.cpuid, isDeep: true },
  { name: 'virtualization', of: ({ host }) => host.virtualization, isDeep: true },
  { name: 'kernel', of: ({ host }) => host.kernel, isDeep: false },
  // What uname prints where a host has no name.
  { name: 'host', of: ({ host }) => (host.hostname === '(none)' ? undefined : host.hostname), isDeep: false },
];

/** Of facts that only one side states nobody knows. */
function differentHosts(before: RecordingSummary, after: RecordingSummary): Issue[] {
  const differing = FACTS.filter(({ of }) => {
    const [one, other] = [of(before), of(after)];
    return one !== undefined && other !== undefined && one !== other;
  });
  if (differing.length === 0) return [];
  const named = differing.map(({ name, of }) => `${name} ${of(before)} before, ${of(after)} after`);
  const message = `The recordings are of hosts that differ: ${named.join('; ')}.`;
  if (!differing.some(({ isDeep }) => isDeep)) return [{ code: 'hosts-differ', severity: 'note', message }];
  const hint =
    'Exits of one are of another kind than those of the other: what differs is not the effect of one change.';
  return [{ code: 'hosts-differ', severity: 'warning', message, hint }];
}
