/** Findings that appeared, went away, or stayed. */
import type { Explanation } from '../explain/explanation.js';
import type { Alignment, ChangedFinding, FindingChanges } from './difference.js';

type Finding = Explanation['findings'][number];

/** A finding is the same one if it is of the same rule and about the same machine. */
export function findingChanges(before: Explanation, after: Explanation, { machines }: Alignment): FindingChanges {
  const idAfter = new Map(machines.map((pair) => [pair.before.id, pair.after.id]));
  const keyBefore = ({ rule, machine }: Finding) =>
    JSON.stringify([rule, machine === null ? null : (idAfter.get(machine) ?? `before ${machine}`)]);
  const keyAfter = ({ rule, machine }: Finding) => JSON.stringify([rule, machine]);
  const own = byKey(before.findings, keyBefore);
  const others = byKey(after.findings, keyAfter);
  return {
    appeared: [...others].flatMap(([key, finding]) => (own.has(key) ? [] : [finding])),
    gone: [...own].flatMap(([key, finding]) => (others.has(key) ? [] : [finding])),
    stayed: [...others].flatMap(([key, finding]) => {
      const earlier = own.get(key);
      return earlier === undefined ? [] : [{ ...finding, costNsBefore: earlier.costNs }];
    }),
  };
}

/** Several of one rule about one machine count together; the first, which brings most, gives the title. */
function byKey(findings: readonly Finding[], keyOf: (finding: Finding) => string): Map<string, ChangedFinding> {
  const changed = new Map<string, ChangedFinding>();
  for (const finding of findings) {
    const { rule, machine, title, costNs } = finding;
    const key = keyOf(finding);
    const known = changed.get(key);
    changed.set(
      key,
      known === undefined ? { rule, machine, title, costNs } : { ...known, costNs: known.costNs + costNs },
    );
  }
  return changed;
}
