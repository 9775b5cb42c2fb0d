/** Findings that appeared, went away, or stayed. */
import type { Explanation } from '../explain/explanation.js';
import { wantedNs } from '../findings/costs.js';
import { findAll } from '../findings/find.js';
import type { Alignment, ChangedFinding, FindingChanges, Untold } from './difference.js';

type Finding = Explanation['findings'][number];

/** A finding is the same one if it is of the same rule and about the same machine. */
export function findingChanges(before: Explanation, after: Explanation, { machines }: Alignment): FindingChanges {
  const idAfter = new Map(machines.map((pair) => [pair.before.id, pair.after.id]));
  const keyBefore = ({ rule, machine }: Finding) =>
    JSON.stringify([rule, machine === null ? null : (idAfter.get(machine) ?? `before ${machine}`)]);
  const keyAfter = ({ rule, machine }: Finding) => JSON.stringify([rule, machine]);
  const own = byKey(before.findings, keyBefore);
  const others = byKey(after.findings, keyAfter);
  const gone = [...own].filter(([key]) => !others.has(key));
  const appeared = [...others].filter(([key]) => !own.has(key));
  const isUntold = ({ there, here }: Pick<Untold, 'there' | 'here'>) => there.share > PART_LEFT * here.share;
  const left = untold(gone, before, after, keyBefore, keyAfter).filter(isUntold);
  const earlier = untold(appeared, after, before, keyAfter, keyBefore).filter(isUntold);
  const without = (changed: typeof gone, some: readonly Untold[]) =>
    changed.map(([, finding]) => finding).filter((one) => !some.some(({ finding }) => finding === one));
  return {
    appeared: without(appeared, earlier),
    gone: without(gone, left),
    untoldAfter: left,
    untoldBefore: earlier,
    stayed: [...others].flatMap(([key, finding]) => {
      const known = own.get(key);
      return known === undefined ? [] : [{ ...finding, costNsBefore: known.costNs }];
    }),
  };
}

/** What costs more than this part of its share on one side is not gone on the other: it is too little to tell there. Own judgement. */
const PART_LEFT = 0.1;

/**
 * What the rules of findings that only one side tells count on the other, below the threshold from which on they are told.
 * @param there the other side
 */
function untold(
  changed: readonly (readonly [key: string, ChangedFinding])[],
  here: Explanation,
  there: Explanation,
  keyHere: (finding: Finding) => string,
  keyThere: (finding: Finding) => string,
): Untold[] {
  const costly = changed.filter(([, { costNs }]) => costNs > 0);
  if (costly.length === 0 || !there.recording.clockMeasuresTime) return [];
  const all = findAll({ ...there, configurations: new Map() }, { leastGain: 0 });
  return costly.flatMap(([key, finding]) => {
    const subjects = here.findings.filter((one) => keyHere(one) === key).flatMap((one) => subjectsOf(one));
    const same = all.filter((one) => keyThere(one) === key && isAbout(one, subjects));
    if (same.length === 0) return [];
    const costNs = same.reduce((sum, one) => sum + one.costNs, 0);
    const costOf = (side: Explanation, ns: number, machine: string | null) => ({
      costNs: ns,
      share: shareOf(side, ns, machine),
    });
    return [
      {
        finding,
        here: costOf(here, finding.costNs, finding.machine),
        there: costOf(there, costNs, same[0].machine),
      },
    ];
  });
}

/** The devices, or else details, whose exits a finding is about; none where it is about no exits. */
const subjectsOf = ({ references }: Finding): string[] =>
  references.flatMap((one) =>
    one.kind === 'exits' ? [JSON.stringify([one.cause, one.device ?? one.detail ?? one.reason])] : [],
  );

/** What a rule finds of another device is another thing. */
function isAbout(finding: Finding, subjects: readonly string[]): boolean {
  const own = subjectsOf(finding);
  return own.length === 0 && subjects.length === 0 ? true : own.some((subject) => subjects.includes(subject));
}

/** Of the time in which its machine, or all of them, wanted to run. */
function shareOf({ machines }: Explanation, costNs: number, machine: string | null): number {
  const own = machines.filter(({ id }) => machine === null || id === machine);
  const wanted = own.reduce((sum, one) => sum + wantedNs(one), 0);
  return wanted > 0 ? costNs / wanted : 0;
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
