/** Result files as text. What is read may be cut or made up: damaged runs are left out and counted. */
import { failure, type Issue, IssueLog, type Result, success } from '../../base/issue.js';
import { isRecord, listAt, numberAt, parseJson, recordAt, textAt } from '../importers/fields.js';
import type { Run, Series, SystemFacts } from '../model.js';
import { FACT_NAMES } from '../model.js';
import type { ClockReading } from './clock-check.js';
import type { Environment } from './environment.js';
import { SIDE_NAMES } from './plan.js';
import { type BenchResult, RESULT_FORMAT, type RunRecord, type Sitting, STATES } from './result.js';

/** One key a line, one sitting and one run a line: short, and lines can be compared. */
export function resultText(result: BenchResult): string {
  const entries = Object.entries(result).map(([key, value]) => `${JSON.stringify(key)}: ${lines(value)}`);
  return `{\n${entries.join(',\n')}\n}\n`;
}

function lines(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return JSON.stringify(value);
  return `[\n${value.map((item) => ` ${JSON.stringify(item)}`).join(',\n')}\n]`;
}

/** Whether a text begins like a result file. */
export const isResultText = (head: string): boolean =>
  new RegExp(`^\\s*\\{\\s*"format":\\s*"${RESULT_FORMAT}"`).test(head);

/** A result from its text; issues of what had to be left out come first in its `issues`. */
export function parseResult(text: string, source: string): Result<BenchResult> {
  const json = parseJson(text, source);
  if (!json.ok) return json;
  const value = json.value;
  const seed = numberAt(value, 'seed');
  const state = STATES.find((candidate) => candidate === textAt(value, 'state'));
  const plan = {
    source: textAt(value, 'plan', 'source') ?? '',
    text: textAt(value, 'plan', 'text') ?? '',
    sha256: textAt(value, 'plan', 'sha256') ?? '',
  };
  if (textAt(value, 'format') !== RESULT_FORMAT || seed === undefined || state === undefined || plan.text === '') {
    return failure(badResult(source, `${source} is no result of vmtoll bench run`));
  }
  const version = numberAt(value, 'version');
  if (version !== 1) {
    return failure(badResult(source, `${source} has version ${version}; this vmtoll reads version 1`));
  }
  const issues = new IssueLog();
  const sittings = listAt(value, 'sittings').map(sittingOf);
  const runs = listAt(value, 'runs').flatMap((item, index) => {
    const run = runOf(item, sittings.length);
    if (run === undefined) issues.add(damaged(source, `run ${index + 1} of ${source} is damaged and left out`));
    return run ?? [];
  });
  const tool = textAt(value, 'tool') ?? '';
  return success({ format: RESULT_FORMAT, version, tool, plan, seed, state, sittings, runs, issues: issues.list() });
}

const badResult = (source: string, message: string): Issue => ({
  code: 'bad-result',
  severity: 'error',
  message,
  source,
});
export const DAMAGED_RUN = 'damaged-run';
const damaged = (source: string, message: string): Issue => ({
  code: DAMAGED_RUN,
  severity: 'warning',
  message,
  source,
});

const sideOf = (value: unknown) => SIDE_NAMES.find((side) => side === textAt(value, 'side'));

function sittingOf(value: unknown): Sitting {
  const environment = (side: string): Environment => {
    const boot = textAt(value, 'environments', side, 'boot');
    return { facts: factsOf(recordAt(value, 'environments', side, 'facts')), ...(boot !== undefined && { boot }) };
  };
  return {
    startedMs: numberAt(value, 'startedMs') ?? 0,
    environments: { native: environment('native'), vm: environment('vm') },
    clock: listAt(value, 'clock').flatMap((item) => readingOf(item) ?? []),
  };
}

function readingOf(value: unknown): ClockReading | undefined {
  const side = sideOf(value);
  const boot = textAt(value, 'boot');
  const [hostBeforeNs, hostAfterNs, clockNs, resolutionNs] = (
    ['hostBeforeNs', 'hostAfterNs', 'clockNs', 'resolutionNs'] as const
  ).map((key) => numberAt(value, key) ?? Number.NaN);
  if (side === undefined || Number.isNaN(hostBeforeNs + hostAfterNs + clockNs + resolutionNs)) return undefined;
  return { side, hostBeforeNs, hostAfterNs, clockNs, resolutionNs, ...(boot !== undefined && { boot }) };
}

function runOf(value: unknown, sittings: number): RunRecord | undefined {
  const side = sideOf(value);
  const benchmark = textAt(value, 'benchmark');
  const [sitting, block, attempt, startedMs, elapsedNs] = (
    ['sitting', 'block', 'attempt', 'startedMs', 'elapsedNs'] as const
  ).map((key) => numberAt(value, key) ?? Number.NaN);
  const isWarmup = isRecord(value) && value['isWarmup'];
  const series = listAt(value, 'series').map(seriesOf);
  if (side === undefined || benchmark === undefined || typeof isWarmup !== 'boolean') return undefined;
  const areCounts = [sitting, block, attempt].every((count) => Number.isInteger(count) && count >= 0);
  if (!areCounts || sitting >= sittings || Number.isNaN(startedMs) || !(elapsedNs >= 0)) return undefined;
  const isWhole = series.every((one) => one !== undefined);
  const reason = textAt(value, 'failure');
  if (!isWhole || (series.length === 0 && reason === undefined)) return undefined;
  const readAs = textAt(value, 'readAs');
  const errorOutput = textAt(value, 'errorOutput');
  const facts = recordAt(value, 'facts');
  const issues = listAt(value, 'issues').flatMap((item) => issueOf(item) ?? []);
  return {
    sitting,
    block,
    isWarmup,
    benchmark,
    side,
    attempt,
    startedMs,
    elapsedNs,
    exitCode: numberAt(value, 'exitCode') ?? null,
    signal: textAt(value, 'signal') ?? null,
    ...(readAs !== undefined && { readAs }),
    series,
    ...(reason !== undefined && { failure: reason }),
    ...(errorOutput !== undefined && { errorOutput }),
    ...(facts !== undefined && { facts: factsOf(facts) }),
    ...(issues.length > 0 && { issues }),
  };
}

function seriesOf(value: unknown): Series | undefined {
  const [benchmark, metric, unit] = ['benchmark', 'metric', 'unit'].map((key) => textAt(value, key));
  const better = (['lower', 'higher'] as const).find((one) => one === textAt(value, 'better'));
  const role = (['primary', 'tail', 'secondary'] as const).find((one) => one === textAt(value, 'role'));
  const runs = listAt(value, 'runs').map(runValuesOf);
  const operationsPerValue = numberAt(value, 'operationsPerValue');
  if (benchmark === undefined || metric === undefined || unit === undefined) return undefined;
  if (better === undefined || role === undefined || !runs.every((run) => run !== undefined)) return undefined;
  if (operationsPerValue !== undefined && !(operationsPerValue > 0)) return undefined;
  return {
    benchmark,
    metric,
    unit,
    better,
    role,
    runs,
    ...(operationsPerValue !== undefined && { operationsPerValue }),
  };
}

function runValuesOf(value: unknown): Run | undefined {
  const values = listAt(value, 'values');
  const startedMs = numberAt(value, 'startedMs');
  const areNumbers = values.every((item): item is number => typeof item === 'number' && Number.isFinite(item));
  return areNumbers ? { values, ...(startedMs !== undefined && { startedMs }) } : undefined;
}

function factsOf(value: unknown): SystemFacts {
  const known = FACT_NAMES.map((name) => [name, textAt(value, name) ?? numberAt(value, name)] as const);
  return Object.fromEntries(known.filter(([, fact]) => fact !== undefined));
}

function issueOf(value: unknown): Issue | undefined {
  const code = textAt(value, 'code');
  const message = textAt(value, 'message');
  const severity = (['error', 'warning', 'note'] as const).find((one) => one === textAt(value, 'severity'));
  return code === undefined || message === undefined || severity === undefined
    ? undefined
    : { code, message, severity };
}
