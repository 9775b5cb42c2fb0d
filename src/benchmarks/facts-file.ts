/** Facts about a system from a file of their own, for results that do not state them. */
import { failure, type Issue, type Result, success } from '../base/issue.js';
import { numberAt, parseJson, recordAt, textAt } from './importers/fields.js';
import { type BenchmarkFile, FACT_NAMES, type FactName, type SystemFacts } from './model.js';

export const FACTS_FORMAT = 'facts';

const WHAT_FACTS_ARE = `A file of facts is one JSON object, as "vmtoll bench facts" prints it on that system, for example {"cpus": 4, "kernel": "6.1.0"}; the names are ${FACT_NAMES.join(', ')}.`;

/** How many keys an issue names. */
const NAMED = 8;

/**
 * Reads what `vmtoll bench facts` prints: one JSON object of facts by their names (FACT_NAMES), texts or numbers. It may
 * also stand in `{"facts": …}`, as in JSON lines.
 *
 * Issues: `not-json`, `no-facts` (failures), `unknown-fact` (left out, a warning).
 * @returns a file without results
 */
export function readFacts(text: string, source: string): Result<BenchmarkFile> {
  const json = parseJson(text, source);
  if (!json.ok) return failure({ ...json.issue, hint: WHAT_FACTS_ARE });
  const stated = recordAt(json.value, 'facts') ?? recordAt(json.value) ?? {};
  const known = FACT_NAMES.map((name) => [name, factAt(stated, name)] as const).filter(
    ([, fact]) => fact !== undefined,
  );
  if (known.length === 0) return failure(noFacts(source));
  const facts: SystemFacts = Object.fromEntries(known);
  const unknown = Object.keys(stated).filter((key) => !Object.hasOwn(facts, key));
  const issues = unknown.length === 0 ? [] : [unknownFacts(unknown, source)];
  return success({ source, format: FACTS_FORMAT, series: [], facts, issues });
}

function factAt(stated: unknown, name: FactName): string | number | undefined {
  const text = textAt(stated, name)?.trim();
  return text === '' ? undefined : (text ?? numberAt(stated, name));
}

const noFacts = (source: string): Issue => ({
  code: 'no-facts',
  severity: 'error',
  message: `${source} states no fact that vmtoll knows`,
  source,
  hint: WHAT_FACTS_ARE,
});

const unknownFacts = (keys: readonly string[], source: string): Issue => ({
  code: 'unknown-fact',
  severity: 'warning',
  message: `These are no facts that vmtoll compares, or not texts or numbers: ${keys.slice(0, NAMED).join(', ')}`,
  source,
  hint: `The names are ${FACT_NAMES.join(', ')}.`,
});
