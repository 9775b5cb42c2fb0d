/** Addresses of what findings and tables point to. */
import type { Explanation, WorstEpisode } from '../../../src/explain/explanation.js';
import type { Reference } from '../../../src/findings/finding.js';
import { takerOf } from '../books/culprit-matrix.js';
import { linkTo } from './address.js';
import { latest } from './loading.js';
import { wholeExplanation } from './workspace.js';

/** So much of the surroundings is in view beside an episode, in its lengths. */
const SURROUNDINGS = 1.5;

/** Where a reference leads; undefined: it is a place in a file of the user's. */
export function linkOf(reference: Reference, explanation: Explanation): string | undefined {
  switch (reference.kind) {
    case 'exits': {
      const { cause, reason, detail, device } = reference;
      const filter = [cause, ...[detail ?? device ?? reason].filter((text) => text !== null)].join(' ');
      return linkTo('exits', { filter, by: null, focus: null });
    }
    case 'worst': {
      const { machine, vcpu, atNs } = reference;
      const episode = explanation.worst.find(
        (one) => one.machine === machine && one.vcpu === vcpu && one.atNs === atNs,
      );
      return episode === undefined ? linkTo('timeline') : episodeLink(episode);
    }
    case 'culprits': {
      const { machine, name } = reference;
      const row = explanation.culprits.find((one) => one.machine === machine && one.name === name);
      return linkTo('scheduling', { culprit: row === undefined ? name : takerOf(explanation, machine, row).name });
    }
    case 'quality':
      return linkTo('overview', { issue: reference.code });
    default:
      return undefined;
  }
}

/** The timeline there, with that episode selected. */
export function episodeLink({ machine, vcpu, atNs, durationNs }: WorstEpisode): string {
  const whole = latest(wholeExplanation.value);
  if (whole === undefined) return linkTo('timeline');
  const start = atNs - whole.recording.fromNs;
  const margin = Math.max(1000, durationNs * SURROUNDINGS);
  const from = Math.max(0, Math.floor(start - margin));
  const to = Math.min(whole.recording.durationNs, Math.ceil(start + durationNs + margin));
  return linkTo('timeline', {
    view: `${from}-${to}`,
    lane: laneOf(whole, machine, vcpu),
    at: Math.floor(start + durationNs / 2),
  });
}

/** Lanes are vCPUs by machine and number, then pCPUs. */
function laneOf({ machines }: Explanation, machine: string, vcpu: number): number {
  const vcpus = machines.flatMap(({ id, vcpus }) => vcpus.map((one) => ({ machine: id, vcpu: one.id })));
  return vcpus.findIndex((one) => one.machine === machine && one.vcpu === vcpu);
}
