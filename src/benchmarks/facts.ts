/** What the files of one side say about its system. */
import { type Issue, IssueLog } from '../base/issue.js';
import { type BenchmarkFile, FACT_NAMES, type FactName, PROGRAM_FACTS, type SystemFacts } from './model.js';

/**
 * What files of one format state, by the format: programs write one fact in different ways, so those of one are the best to
 * compare. In the order of the files.
 */
export type StatedFacts = ReadonlyMap<string, SystemFacts>;

/** Clock rates are measured anew each time. */
const VARY: readonly FactName[] = ['cpuMhz'];
/** Every program states these alike; memory, for example, some state without what the kernel keeps for itself. */
const ALIKE: readonly FactName[] = ['cpus'];
/** Sizes and frequencies that are measured: closer than this they count as equal. */
const SAME_WITHIN = 0.02;

/** Of several files of one format the first that states a fact counts; where another one disagrees it is said. */
export function gatherFacts(files: readonly Pick<BenchmarkFile, 'source' | 'format' | 'facts'>[]): {
  readonly stated: StatedFacts;
  readonly issues: readonly Issue[];
} {
  const stated = new Map<string, { [name in FactName]?: string | number }>();
  const issues = new IssueLog();
  for (const { source, format, facts } of files) {
    const ofFormat = stated.get(format) ?? {};
    stated.set(format, ofFormat);
    for (const name of FACT_NAMES) {
      const fact = facts[name];
      if (fact === undefined) continue;
      const before = ofFormat[name] ?? (ALIKE.includes(name) ? firstFact(stated, name) : undefined);
      if (before !== undefined && !VARY.includes(name) && !isSameFact(name, before, fact)) {
        issues.add(disagreement(name, before, fact, source));
      }
      ofFormat[name] ??= fact;
    }
  }
  return { stated, issues: issues.list() };
}

export function firstFact(stated: StatedFacts, name: FactName): string | number | undefined {
  for (const facts of stated.values()) if (facts[name] !== undefined) return facts[name];
  return undefined;
}

/** What is known about the system, without facts about programs. */
export function systemFacts(stated: StatedFacts): SystemFacts {
  const known = FACT_NAMES.filter((name) => !PROGRAM_FACTS.includes(name)).map(
    (name) => [name, firstFact(stated, name)] as const,
  );
  return Object.fromEntries(known.filter(([, fact]) => fact !== undefined));
}

export function isSameFact(name: FactName, a: string | number, b: string | number): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return String(a) === String(b);
  // CPUs are counted, not measured.
  if (name === 'cpus') return a === b;
  return Math.abs(a - b) <= SAME_WITHIN * Math.max(Math.abs(a), Math.abs(b));
}

const disagreement = (name: FactName, before: string | number, fact: string | number, source: string): Issue => ({
  code: 'facts-disagree',
  severity: 'warning',
  message: `What is known of one side disagrees on ${name}: ${before}, and here ${fact}`,
  source,
  hint: 'Was everything measured on the same system?',
});
