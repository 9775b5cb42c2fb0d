/** Reads a budget from YAML: strict, since a misspelt key would silently allow everything. */
import type { Issue } from '../base/issue.js';
import { type YamlNode, YamlReader, type YamlRecord } from '../benchmarks/running/yaml-reader.js';
import { GRADES, type Grade } from '../explain/explanation.js';
import { CAUSES } from '../recording/causes.js';
import { parseNs, parseRate, parseShare, parseTimeAmount } from './amounts.js';
import {
  type Budget,
  CONFIDENCES,
  type ExitFilter,
  type FindingsLimit,
  HANDLING,
  KEPT_OUT,
  LENGTHS,
  type LengthLimit,
  type Limit,
  QUALITIES,
  type QualityLimit,
  RATES,
  type RateLimit,
  type Threshold,
  TIME_NAMES,
  TIMES_APART,
  TIMES_OF_EXITS,
  TIMES_OF_WANTED,
  type TimeLimit,
  type TimeName,
  WHOLES,
} from './budget.js';

const MOST_LIMITS = 1000;
const LONGEST_TEXT = 200;
/** Each names its line: whoever mends a budget wants to see them all. */
const MOST_COMPLAINTS = 50;

const KINDS = ['time', 'rate', 'length', 'findings', 'quality'] as const;
const FILTERS = ['cause', 'reason', 'detail', 'device'] as const;
const THRESHOLDS = ['most', 'least'] as const;
/** Keys that every limit may have. */
const COMMON = ['name', 'machine', ...THRESHOLDS];
const KEYS: Readonly<Record<(typeof KINDS)[number], readonly string[]>> = {
  time: ['of', ...FILTERS],
  rate: FILTERS,
  length: FILTERS,
  findings: ['confidence', 'above'],
  quality: [],
};
/** What amounts must be, for complaints. */
const SHARE = 'a share from 0 % to 100 % ("5 %")';
const TIME = 'a time of 0 or more ("20ms")';
/** Instead of the id of a rule. */
const ANY_RULE = 'any';

/** Either a budget and no issues, or all complaints about the text, each with its line and column. */
export type BudgetReading =
  | { readonly ok: true; readonly budget: Budget }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * A budget from YAML text; `source` names it in complaints. Nothing in the text can make it fail otherwise.
 * @param rules ids of all rules that findings can be of
 */
export function readBudget(text: string, source: string, rules: readonly string[]): BudgetReading {
  const reader = new BudgetReader(source, rules);
  const limits = reader.limits(reader.parse(text));
  if (limits === undefined || reader.issues.length > 0) return { ok: false, issues: reader.issues };
  return { ok: true, budget: { source, limits } };
}

type Base = Pick<Limit, 'name' | 'line' | 'machine'>;

/** Where something is wrong it complains and carries on with what is right, to find all complaints at once. */
class BudgetReader extends YamlReader {
  readonly #rules: readonly string[];

  constructor(source: string, rules: readonly string[]) {
    super(source, 'budget', MOST_COMPLAINTS);
    this.#rules = rules;
  }

  limits(node: YamlNode): Limit[] | undefined {
    const top = node && this.record(node, 'the budget', ['version', 'limits']);
    if (top === undefined) return undefined;
    const version = this.#required(top, 'version');
    if (version !== undefined) this.wholeNumber(version, 'version', 1, 1);
    const listed = this.#required(top, 'limits');
    const nodes = listed && this.list(listed, 'limits');
    if (nodes === undefined) return undefined;
    if (nodes.length === 0 || nodes.length > MOST_LIMITS) {
      return this.refuse(listed, `there must be 1 to ${MOST_LIMITS} limits`);
    }
    return nodes.map((item) => this.#limit(item)).filter((limit) => limit !== undefined);
  }

  #required({ node, values }: YamlRecord, key: string): YamlNode {
    if (values.get(key) === undefined) this.refuse(node, `${JSON.stringify(key)} is missing`);
    return values.get(key);
  }

  #limit(node: YamlNode): Limit | undefined {
    const entries = this.entries(node, 'a limit');
    if (entries === undefined) return undefined;
    const kinds = KINDS.filter((kind) => entries.some(({ key }) => key === kind));
    if (kinds.length !== 1) {
      return this.refuse(node, `a limit needs exactly one of these keys: ${KINDS.join(', ')}`);
    }
    const [kind] = kinds;
    const record = this.record(node, `a limit on ${kind}`, [kind, ...KEYS[kind], ...COMMON]);
    if (record === undefined) return undefined;
    const { values } = record;
    const base: Base = {
      name: this.#text(values.get('name'), 'name'),
      machine: this.#text(values.get('machine'), 'machine'),
      line: this.lineOf(node),
    };
    switch (kind) {
      case 'time':
        return this.#time(record, base);
      case 'rate':
        return this.#rate(record, base);
      case 'length':
        return this.#length(record, base);
      case 'findings':
        return this.#findings(record, base);
      default:
        return this.#quality(record, base);
    }
  }

  #time(record: YamlRecord, base: Base): TimeLimit | undefined {
    const { values } = record;
    const of = this.#timeNames(values.get('time'));
    const whole = values.has('of') ? this.choice(values.get('of'), 'of', WHOLES) : 'T';
    const where = this.#filter(record);
    const isFiltered = Object.keys(where).length > 0;
    const ofAll = isFiltered ? of?.find((name) => !TIMES_OF_EXITS.includes(name)) : undefined;
    if (ofAll !== undefined) {
      const allowed = TIMES_OF_EXITS.join(', ');
      this.refuse(record.node, `"${ofAll}" cannot be limited to some exits; these times can: ${allowed}`);
    }
    const threshold = this.#threshold(record, `${SHARE} or ${TIME}`, parseTimeAmount);
    if (threshold?.value.unit === 'ns' && values.has('of')) {
      this.refuse(values.get('of'), '"of" says what a share is a share of; the limit is a time');
    }
    const unwanted = whole === 'wanted' ? of?.find((name) => !TIMES_OF_WANTED.includes(name)) : undefined;
    if (unwanted !== undefined) {
      const parts = TIMES_OF_WANTED.join(', ');
      this.refuse(values.get('of'), `"${unwanted}" is no part of the time that guests wanted; these are: ${parts}`);
    }
    if (whole === 'wanted' && where.cause === 'vm-control' && of?.some((name) => mayBeKeptOut(name))) {
      this.refuse(
        values.get('of'),
        'what the VMM kept out wanted nothing, so it is no part of the time that guests wanted',
      );
    }
    if (of === undefined || whole === undefined || threshold === undefined) return undefined;
    return { ...base, kind: 'time', of, whole, where, threshold };
  }

  #timeNames(node: YamlNode): readonly TimeName[] | undefined {
    const isList = node !== undefined && 'items' in node;
    const nodes = isList ? this.list(node, 'time') : [node];
    const names = nodes?.map((item) => this.choice(item, 'time', TIME_NAMES));
    if (!names?.every((name) => name !== undefined)) return undefined;
    if (names.length === 0) return this.refuse(node, 'time must name at least one account');
    if (new Set(names).size < names.length) return this.refuse(node, 'time names an account twice');
    const isSum = names.length > 1;
    if (isSum && !names.every((name) => TIMES_APART.includes(name))) {
      return this.refuse(node, `only accounts can be added up, of which ${KEPT_OUT} is one here`);
    }
    return names;
  }

  #rate(record: YamlRecord, base: Base): RateLimit | undefined {
    const of = this.choice(record.values.get('rate'), 'rate', RATES);
    const where = this.#filter(record);
    const threshold = this.#threshold(record, 'a rate per second of 0 or more ("1000/s")', parseRate);
    return of && threshold && { ...base, kind: 'rate', of, where, threshold };
  }

  #length(record: YamlRecord, base: Base): LengthLimit | undefined {
    const of = this.choice(record.values.get('length'), 'length', LENGTHS);
    const where = this.#filter(record);
    const threshold = this.#threshold(record, TIME, parseNs);
    if (record.values.has('least')) this.refuse(record.values.get('least'), 'a length can only have "most"');
    return of && threshold && { ...base, kind: 'length', of, where, threshold };
  }

  #findings(record: YamlRecord, base: Base): FindingsLimit | undefined {
    const { values } = record;
    const rule = this.choice(values.get('findings'), 'findings', [ANY_RULE, ...this.#rules]);
    const confidence = values.has('confidence')
      ? this.choice(values.get('confidence'), 'confidence', CONFIDENCES)
      : null;
    const above = this.#above(values.get('above'));
    const threshold = this.#threshold(record, 'a whole number from 0 to 999999999', (text) =>
      /^\d{1,9}$/.test(text) ? Number(text) : undefined,
    );
    if (values.has('least')) this.refuse(values.get('least'), 'findings can only have "most"');
    if (rule === undefined || confidence === undefined || above === undefined || threshold === undefined)
      return undefined;
    return { ...base, kind: 'findings', rule: rule === ANY_RULE ? null : rule, confidence, above, threshold };
  }

  #above(node: YamlNode): FindingsLimit['above'] | undefined {
    if (node === undefined) return null;
    const text = this.text(node, 'above');
    if (text === undefined) return undefined;
    return parseTimeAmount(text) ?? this.refuse(node, `above must be ${SHARE} or ${TIME}`);
  }

  #quality(record: YamlRecord, base: Base): QualityLimit | undefined {
    const of = this.choice(record.values.get('quality'), 'quality', QUALITIES);
    if (of === undefined) return undefined;
    const sense = of === 'grade' ? 'least' : 'most';
    const other = record.values.get(sense === 'least' ? 'most' : 'least');
    if (other !== undefined) return this.refuse(other, `a limit on ${of} can only have "${sense}"`);
    const grades = (text: string) => GRADES.find((grade) => grade === text);
    const wholes = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);
    const values: Record<typeof of, readonly [string, (text: string) => number | Grade | undefined]> = {
      grade: [`one of ${GRADES.join(', ')}`, grades],
      'lost-events': ['a whole number of 0 or more', wholes],
      unknown: [SHARE, parseShare],
    };
    const [expected, parse] = values[of];
    const threshold = this.#threshold(record, expected, parse);
    return threshold && { ...base, kind: 'quality', of, threshold };
  }

  #threshold<Value>(
    { node, values }: YamlRecord,
    expected: string,
    parse: (text: string) => Value | undefined,
  ): Threshold<Value> | undefined {
    const given = THRESHOLDS.filter((key) => values.get(key) !== undefined);
    if (given.length !== 1) return this.refuse(node, 'a limit needs either "most" or "least"');
    const [sense] = given;
    const text = this.text(values.get(sense), sense);
    if (text === undefined) return undefined;
    const value = parse(text.trim());
    if (value === undefined) return this.refuse(values.get(sense), `${sense} must be ${expected}`);
    return { sense, value };
  }

  #filter({ values }: YamlRecord): ExitFilter {
    const cause = values.has('cause') ? this.choice(values.get('cause'), 'cause', CAUSES) : undefined;
    const [reason, detail, device] = ['reason', 'detail', 'device'].map((key) => this.#text(values.get(key), key));
    return {
      ...(cause !== undefined && { cause }),
      ...(reason !== null && { reason }),
      ...(detail !== null && { detail }),
      ...(device !== null && { device }),
    };
  }

  /** null where it is not given, or wrong. */
  #text(node: YamlNode, what: string): string | null {
    const text = node === undefined ? undefined : this.text(node, what);
    if (text === undefined) return null;
    if (text !== '' && text.length <= LONGEST_TEXT && !/\p{Cc}/u.test(text)) return text;
    this.refuse(node, `${what} must be 1 to ${LONGEST_TEXT} printable characters`);
    return null;
  }
}

/** Of exits with the cause vm-control. */
const mayBeKeptOut = (name: TimeName): boolean =>
  name === 'guest-delay' || HANDLING.some((account) => account === name);
