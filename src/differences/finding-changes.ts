/** Findings that appeared, went away, or stayed. */
import type { Explanation } from '../explain/explanation.js';
import { wantedNs } from '../findings/costs.js';
import { findAll } from '../findings/find.js';
import type { Alignment, ChangedFinding, FindingChanges, Untold } from './difference.js';
import { type ExitNames, type Finding, FindingKeys, subjectOf, subjectsOf, withoutDetail } from './finding-keys.js';
import { notRecordedOf } from './not-recorded.js';

/**
 * A finding is the same one if it is of the same rule and about the same machine, and, of rules that tell several of a machine,
 * about one of the same devices or registers.
 */
export function findingChanges(before: Explanation, after: Explanation, alignment: Alignment): FindingChanges {
  const keys = new FindingKeys(before.findings, after.findings, alignment);
  const own = byKey(before.findings, keys.before);
  const others = byKey(after.findings, keys.after);
  const gone = [...own].filter(([key]) => !others.has(key));
  const appeared = [...others].filter(([key]) => !own.has(key));
  const idBefore = new Map(alignment.machines.map((pair) => [pair.after.id, pair.before.id]));
  const idAfter = new Map(alignment.machines.map((pair) => [pair.before.id, pair.after.id]));
  const sidesOfGone = {
    here: before,
    there: after,
    keyHere: keys.before,
    ruleHere: keys.ruleBefore,
    ruleThere: keys.ruleAfter,
    idThere: idAfter,
  };
  const sidesOfAppeared = {
    here: after,
    there: before,
    keyHere: keys.after,
    ruleHere: keys.ruleAfter,
    ruleThere: keys.ruleBefore,
    idThere: idBefore,
  };
  const left = judged(gone, sidesOfGone);
  const earlier = judged(appeared, sidesOfAppeared);
  return {
    appeared: earlier.absent,
    gone: left.absent,
    untoldAfter: left.untold,
    untoldBefore: earlier.untold,
    cannotTellAfter: left.cannotTell,
    cannotTellBefore: earlier.cannotTell,
    stayed: [...others].flatMap(([key, finding]) => {
      const known = own.get(key);
      return known === undefined ? [] : [{ ...finding, costNsBefore: known.costNs }];
    }),
  };
}

/** What costs more than this part of its share on one side is not gone on the other. Own judgement. */
const PART_LEFT = 0.1;

/** From the side where a finding is told to the other. */
interface Sides {
  readonly here: Explanation;
  readonly there: Explanation;
  readonly keyHere: (finding: Finding) => string;
  readonly ruleHere: (finding: Finding) => string;
  readonly ruleThere: (finding: Finding) => string;
  /** By the machine's id here: its id there. */
  readonly idThere: ReadonlyMap<string, string>;
}

type Changed = readonly (readonly [key: string, ChangedFinding])[];

/** Findings that only one side tells: what the other cannot show, what it does not tell though it is there, and the rest. */
function judged(changed: Changed, sides: Sides) {
  const cannotTell = changed.flatMap(([key, finding]) => {
    const own = sides.here.findings.filter((one) => sides.keyHere(one) === key);
    const machine = finding.machine === null ? null : sides.idThere.get(finding.machine);
    const notRecorded = notRecordedOf(own, sides.here, sides.there, machine);
    return notRecorded.length > 0 ? [{ finding, notRecorded }] : [];
  });
  const without = (all: Changed, some: readonly { readonly finding: ChangedFinding }[]) =>
    all.filter(([, one]) => !some.some(({ finding }) => finding === one));
  const shown = without(changed, cannotTell);
  const found = untold(shown, sides);
  return { cannotTell, untold: found, absent: without(shown, found).map(([, finding]) => finding) };
}

/** Those of the findings that only one side tells whose cost is on the other as well, and why it is not told there. */
function untold(changed: Changed, sides: Sides): Untold[] {
  const costly = changed.filter(([, { costNs }]) => costNs > 0);
  if (costly.length === 0 || !sides.there.recording.clockMeasuresTime) return [];
  const all = findAll({ ...sides.there, configurations: new Map() }, { leastGain: 0 });
  return costly.flatMap(([key, finding]) => {
    const own = sides.here.findings.filter((one) => sides.keyHere(one) === key);
    const here = { costNs: finding.costNs, share: shareOf(sides.here, finding.costNs, finding.machine) };
    const found = countedByRule(own, all, sides) ?? countedByOthers(own, finding, sides);
    if (found === undefined) return [];
    const share = shareOf(sides.there, found.costNs, found.machine);
    if (share <= PART_LEFT * here.share) return [];
    const { costNs, because, by } = found;
    return [{ finding, here, there: { costNs, share }, because, by }];
  });
}

interface Counted extends Pick<Untold, 'because' | 'by'> {
  readonly costNs: number;
  /** Id on the other side. */
  readonly machine: string | null;
}

/** What the same rule counts there, below the threshold from which on findings are told. */
function countedByRule(own: readonly Finding[], all: readonly Finding[], sides: Sides): Counted | undefined {
  const subjects = own.flatMap((one) => subjectsOf(one));
  const same = all.filter((one) => sides.ruleThere(one) === sides.ruleHere(own[0]) && isAbout(one, subjects));
  if (same.length === 0) return undefined;
  const costNs = same.reduce((sum, one) => sum + one.costNs, 0);
  return { costNs, machine: same[0].machine, because: 'threshold', by: [] };
}

/**
 * What the exits that it is about cost there, where its rule counts none of them: other rules have found them first, or it is
 * silent for another reason. undefined: it is about no exits, or there are none.
 */
function countedByOthers(
  own: readonly Finding[],
  { machine }: ChangedFinding,
  { there, idThere }: Sides,
): Counted | undefined {
  const id = machine === null ? null : idThere.get(machine);
  const subjects = new Set(own.flatMap((one) => subjectsOf(one)));
  // Of some exits only the reason was recorded: there they are all those of this reason.
  const isIt = (row: ExitNames) => subjects.has(subjectOf(row)) || subjects.has(subjectOf(withoutDetail(row)));
  if (id === undefined || subjects.size === 0) return undefined;
  const accounts = [...new Set(own.flatMap((one) => one.accounts))];
  const rows = there.exits.filter((row) => (id === null || row.machine === id) && isIt(row));
  const costNs = rows.reduce(
    (sum, { ledgerNs }) => accounts.reduce((part, name) => part + (name === 'guest' ? 0 : ledgerNs[name]), sum),
    0,
  );
  const tellers = there.findings.filter(
    (one) =>
      (id === null || one.machine === id) &&
      one.accounts.some((name) => accounts.includes(name)) &&
      subjectsOf(one).some((subject) => subjects.has(subject)),
  );
  const by = [...new Set(tellers.map(({ rule }) => rule))];
  return { costNs, machine: id, because: by.length > 0 ? 'other findings' : 'rule is silent', by };
}

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

/** Several that are the same count together; the first, which brings most, gives the title. */
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
