/** Words and numbers of a Comparison, the same in every report. */
import { groupedBy } from '../base/grouped-by.js';
import type { Issue } from '../base/issue.js';
import { counted, formatCount, formatNs } from '../base/quantities.js';
import type { Comparison, Difference, Pair, Unpaired, Verdict } from '../benchmarks/comparison/comparison.js';
import { MECHANISMS } from '../benchmarks/mechanisms.js';
import type { FactName } from '../benchmarks/model.js';
import { printableMessage } from './untrusted.js';

/** For example "×1.04", "×512", "×0.31". */
export const formatFactor = (factor: number | null): string => (factor === null ? '–' : `×${factorDigits(factor)}`);

function factorDigits(factor: number): string {
  if (factor >= 1e6) return factor.toExponential(1);
  if (factor >= 999.5) return formatCount(factor);
  if (factor >= 9.995) return factor.toPrecision(3);
  if (factor >= 0.0995) return factor.toFixed(2);
  return factor.toPrecision(2);
}

/** For example "×1.02 to ×1.09"; "–" where the runs are too few for an interval. */
export const formatInterval = (low: number | null, high: number | null): string =>
  low === null || high === null ? '–' : `${formatFactor(low)} to ${formatFactor(high)}`;

/** The same for columns: "1.02 – 1.09". */
export const formatRange = (low: number | null, high: number | null): string =>
  low === null || high === null ? '–' : `${factorDigits(low)} – ${factorDigits(high)}`;

/** A share such as 0.95 or 0.999 as "95 %" or "99.9 %". */
export const formatLevel = (share: number): string => `${Number((share * 100).toPrecision(6))} %`;

/** A value in its unit; times in the unit that suits them. */
export function formatValue(value: number, unit: string): string {
  if (unit === 'ns') return formatTime(value);
  if (unit.startsWith('ns/')) return `${formatTime(value)}/${unit.slice(3)}`;
  const [, prefix, size] = PREFIXES.find(([least]) => Math.abs(value) >= least) ?? [0, '', 1];
  const number = threeDigits(value / size);
  // Only these units take a prefix: 3.27 GB/s, but 3.27 M events/s.
  if (/^(?:B|bit)(?:\/|$)/.test(unit)) return `${number} ${prefix}${unit}`;
  return Math.abs(value) < 1e6 ? `${threeDigits(value)} ${unit}` : `${number} ${prefix} ${unit}`;
}

/** Less than a tenth of a nanosecond has digits, too. */
const formatTime = (ns: number): string =>
  ns !== 0 && Math.abs(ns) < 0.1 ? `${Number(ns.toPrecision(2))} ns` : formatNs(ns);

/** From this value on, prefix, its size. */
const PREFIXES: readonly (readonly [least: number, prefix: string, size: number])[] = [
  [1e12, 'T', 1e12],
  [1e9, 'G', 1e9],
  [1e6, 'M', 1e6],
  [1e4, 'k', 1e3],
];

/** For example "5,869", "27.7", "24.0", "0.00123". */
function threeDigits(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 999.5) return formatCount(value);
  if (magnitude >= 99.95) return value.toFixed(0);
  return value === 0 ? '0' : value.toPrecision(3);
}

export const nameOf = ({ benchmark, metric }: Pick<Pair, 'benchmark' | 'metric'>): string => `${benchmark}, ${metric}`;

export const formatQ = ({ q }: Pair): string => (q === null ? '' : `q ${q.toPrecision(2)}`);

/** "36.1 ns → 36.6 µs": the medians of the native side and the VM's. */
export const formatMedians = ({ native, vm, unit }: Pair): string =>
  `${formatValue(native.median, unit)} → ${formatValue(vm.median, unit)}`;

/** The name of a mechanism; '' for none. */
export const mechanismName = (id: string | null): string =>
  id === null ? '' : (MECHANISMS.find((mechanism) => mechanism.id === id)?.name ?? id);

export const withVerdict = ({ pairs }: Pick<Comparison, 'pairs'>, ...verdicts: readonly Verdict[]): Pair[] =>
  pairs.filter(({ verdict }) => verdicts.includes(verdict));

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  slower: 'slower in the VM',
  faster: 'faster in the VM',
  equivalent: 'equivalent',
  inconclusive: 'inconclusive',
  'not-testable': 'not testable',
};

/** For example "3 slower in the VM, 1 equivalent, 12 inconclusive". */
export function verdictCounts(comparison: Pick<Comparison, 'pairs'>): string {
  return Object.entries(VERDICT_WORDS)
    .map(([verdict, words]) => [withVerdict(comparison, verdict as Verdict).length, words] as const)
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${formatCount(count)} ${words}`)
    .join(', ');
}

/** Why an undecided pair is undecided, and what it would need. */
export function undecidedBy({ verdict, moreRuns, n, slowdown }: Pair): string {
  if (slowdown === null) return 'its values have no ratio';
  const runs = n[0] === n[1] ? `${counted(n[0], 'run')} a side` : `${n[0]} and ${n[1]} runs`;
  const soFar = `${formatFactor(slowdown)} so far, ${runs}`;
  if (verdict === 'not-testable') return `${soFar}: repeat the benchmark`;
  if (moreRuns === null) return `${soFar}; no sensible number of runs would decide`;
  return `${soFar}; about ${formatCount(moreRuns)} more per side would decide (an estimate)`;
}

const FACT_WORDS: Partial<Record<FactName, string>> = {
  cpus: 'CPUs',
  memoryBytes: 'memory',
  cpuModel: 'CPU model',
  cpuMhz: 'clock rate',
  operatingSystem: 'operating system',
  clocksource: 'clock source',
  filesystem: 'file system',
  tool: 'benchmark program',
};

export const factWord = (name: FactName): string => FACT_WORDS[name] ?? name;

const GIB = 2 ** 30;

export function formatFact(name: FactName, fact: string | number): string {
  if (typeof fact === 'string') return fact;
  if (name === 'memoryBytes') return `${threeDigits(fact / GIB)} GiB`;
  return name === 'cpuMhz' ? `${formatCount(fact)} MHz` : String(fact);
}

/** What must be known of both sides to call a comparison fair. */
const ASKED_FOR: readonly FactName[] = ['cpus', 'memoryBytes', 'cpuModel', 'kernel', 'clocksource', 'mitigations'];

/** Which of the facts that matter most are alike, and which are not known of both sides. */
export function fairness({ facts, differences }: Pick<Comparison, 'facts' | 'differences'>): {
  readonly alike: readonly string[];
  readonly unknown: readonly string[];
} {
  const known = ASKED_FOR.filter((name) => facts.native[name] !== undefined && facts.vm[name] !== undefined);
  const unlike = differences.map(({ fact }: Difference) => fact);
  return {
    alike: known.filter((name) => !unlike.includes(name)).map(factWord),
    unknown: ASKED_FOR.filter((name) => !known.includes(name)).map(factWord),
  };
}

/** Issues that a reader must know before any number. */
const DOUBTS = [
  'same-on-both-sides',
  'same-content',
  'native-is-virtual',
  'vm-is-native',
  'mostly-faster',
  'facts-disagree',
  'side-changed',
  'clocks-disagree',
  'prefix-takes-time',
  'unfinished',
];

/** Issues that put the whole comparison in doubt. */
export const doubtsOf = ({ issues }: Pick<Comparison, 'issues'>): Issue[] =>
  issues.filter(({ code, severity }) => DOUBTS.includes(code) && severity !== 'note');

/** An issue in one line, with its source unless the message names it; printable. */
export function issueText({ source, message, hint }: Issue): string {
  const where = source === undefined || message.includes(source) ? '' : `${source}: `;
  const advice = hint === undefined ? '' : `${/[.?!]$/.test(message) ? '' : '.'} ${hint}`;
  return printableMessage(`${where}${message}${advice}`);
}

export const FACTS_HINT = 'give them with --facts, as "vmtoll bench facts" prints them on either side';

/** The pair of a benchmark that stands for it; and the worst of its tail, where that is surely worse. */
export interface Loss {
  readonly pair: Pair;
  readonly tail: Pair | undefined;
}

/** One a benchmark, in the order of `pairs`: its primary metric if that is among them, else its first. */
export function lossesOf(pairs: readonly Pair[]): Loss[] {
  const losses = [...groupedBy(pairs, ({ benchmark }) => benchmark).values()].map((ofBenchmark) => {
    const pair = ofBenchmark.find(({ role }) => role === 'primary') ?? ofBenchmark[0];
    const isWorse = ({ role, ciLow }: Pair) => role === 'tail' && (ciLow ?? 0) > (pair.ciHigh ?? Infinity);
    return { pair, tail: ofBenchmark.find(isWorse) };
  });
  const position = new Map(pairs.map((pair, index) => [pair, index]));
  return losses.sort((a, b) => position.get(a.pair)! - position.get(b.pair)!);
}

/**
 * Plain computation that is slower is worth a word: it exits for nothing, so every other number holds this, too.
 * undefined where no computation is slower.
 */
export function slowComputation(comparison: Pick<Comparison, 'pairs'>): string | undefined {
  const slower = withVerdict(comparison, 'slower').filter(({ mechanism }) => mechanism === 'computation');
  const pair = slower.find(({ role }) => role === 'primary');
  if (pair === undefined) return undefined;
  return (
    `Plain computation is slower as well (${nameOf(pair)}: ${formatFactor(pair.slowdown)}, at least ${formatFactor(pair.ciLow)}). ` +
    'Exits do not explain that, and all other numbers hold it, too: look at steal time, clock rate and other work on the host first.'
  );
}

/** What to say where V beats N. */
export const VM_BEATS_NATIVE =
  'Virtualization makes nothing faster: something holds the native side back, so examine that outside the VM first. ' +
  'Or the clock of the guest is slow: time it from outside.';

/** Where to look first if the VM is faster at this mechanism; '' where nothing is known. */
export const whereToLook = (mechanism: string | null): string =>
  MECHANISMS.find(({ id }) => id === mechanism)?.ifFaster ?? '';

/** Metrics of one benchmark that one side lacks. */
export interface Gap {
  readonly benchmark: string;
  readonly side: Unpaired['side'];
  readonly metrics: readonly string[];
}

/** By benchmark; a metric that the other side has in another unit says so. */
export function gapsOf(unpaired: readonly Unpaired[]): Gap[] {
  const byBenchmark = groupedBy(unpaired, ({ benchmark, side }) => JSON.stringify([benchmark, side]));
  return [...byBenchmark.values()].map((gap) => ({
    benchmark: gap[0].benchmark,
    side: gap[0].side,
    metrics: gap.map(({ metric, unit, otherUnit }) =>
      otherUnit === null ? metric : `${metric} (in ${unit}, on the other side in ${otherUnit})`,
    ),
  }));
}

export const onlyOn = (side: Unpaired['side']): string => (side === 'vm' ? 'only in the VM' : 'only natively');
