/** Reads a plan from YAML: strict, since a misspelt key would silently measure something else. */
import type { Issue } from '../../base/issue.js';
import { IMPORTERS } from '../importers/registry.js';
import { DEFAULT_TEMPLATE, templateFault } from './console-protocol.js';
import {
  AUTO,
  type ConsoleSide,
  FILE_PLACEHOLDER,
  type Plan,
  type PlannedBenchmark,
  type PlannedSide,
  type PrefixSide,
  parseTimeSpan,
  QUOTES,
  type SideName,
  WALL_TIME,
} from './plan.js';
import { defaultQuote } from './quoting.js';
import { type YamlNode, YamlReader, type YamlRecord } from './yaml-reader.js';

const DEFAULT_REPEATS = 10;
const DEFAULT_WARMUP = 1;
/** No benchmark may hang forever. */
const DEFAULT_TIMEOUT_MS = 600e3;
const MOST_REPEATS = 10_000;
const MOST_BENCHMARKS = 1000;
/** All results are kept in one file, which is written anew after every run. */
const MOST_RUNS = 20_000;
const LONGEST_NAME = 200;

const KEYS = {
  plan: ['version', 'sides', 'repeats', 'warmup', 'timeLimit', 'benchmarks'],
  sides: ['native', 'vm'],
  side: ['where', 'prefix', 'quote', 'console', 'values'],
  console: ['command', 'template'],
  benchmark: ['name', 'command', 'shell', 'result', 'output', 'mechanism', 'timeout'],
} as const;

/** Either a plan and no issues, or all complaints about the text, each with its line. */
export type PlanReading =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** A plan from YAML text; `source` names it in complaints. Nothing in the text can make it fail otherwise. */
export function readPlan(text: string, source: string): PlanReading {
  const reader = new PlanReader(source);
  const plan = reader.plan(reader.parse(text));
  return plan !== undefined && reader.issues.length === 0 ? { ok: true, plan } : { ok: false, issues: reader.issues };
}

/** Where something is wrong it complains and carries on with what is right, to find all complaints at once. */
class PlanReader extends YamlReader {
  plan(node: YamlNode): Plan | undefined {
    if (node === undefined) return undefined;
    const top = this.record(node, 'the plan', KEYS.plan);
    if (top === undefined) return undefined;
    const { values } = top;
    this.#version(top);
    const sides = this.#sides(this.#required(top, 'sides'));
    const repeats = this.#count(values.get('repeats'), 'repeats', 1) ?? DEFAULT_REPEATS;
    const warmup = this.#count(values.get('warmup'), 'warmup', 0) ?? DEFAULT_WARMUP;
    const timeLimitMs = this.#timeSpan(values.get('timeLimit'), 'timeLimit');
    const benchmarks = this.#benchmarks(this.#required(top, 'benchmarks'));
    if (sides === undefined || benchmarks === undefined) return undefined;
    const runs = benchmarks.length * (repeats + warmup) * KEYS.sides.length;
    if (runs > MOST_RUNS) this.refuse(node, `these are ${runs} runs; at most ${MOST_RUNS} are kept in one file`);
    return { version: 1, sides, repeats, warmup, ...(timeLimitMs !== undefined && { timeLimitMs }), benchmarks };
  }

  /** The value of a key that must be there. */
  #required({ node, values }: YamlRecord, key: string): YamlNode {
    if (values.get(key) === undefined) this.refuse(node, `${JSON.stringify(key)} is missing`);
    return values.get(key);
  }

  #version(top: YamlRecord): void {
    const node = this.#required(top, 'version');
    if (node !== undefined) this.wholeNumber(node, 'version', 1, 1);
  }

  #count(node: YamlNode, what: string, least: number): number | undefined {
    return node === undefined ? undefined : this.wholeNumber(node, what, least, MOST_REPEATS);
  }

  #timeSpan(node: YamlNode, what: string): number | undefined {
    const text = node === undefined ? undefined : this.text(node, what);
    if (text === undefined) return undefined;
    return parseTimeSpan(text) ?? this.refuse(node, `${what} must be a time such as 60s, 30m or 2h, up to 480h`);
  }

  #sides(node: YamlNode): Plan['sides'] | undefined {
    const sides = node && this.record(node, 'sides', KEYS.sides);
    if (sides === undefined) return undefined;
    const native = this.#side(this.#required(sides, 'native'), 'native');
    const vm = this.#side(this.#required(sides, 'vm'), 'vm');
    if (native === undefined || vm === undefined) return undefined;
    const names = (side: PlannedSide) => Object.keys(side.values).sort().join(', ');
    if (names(native) !== names(vm)) this.refuse(node, 'native and vm must have values of the same names');
    return { native, vm };
  }

  #side(node: YamlNode, name: SideName): PlannedSide | undefined {
    const side = node && this.record(node, name, KEYS.side);
    if (side === undefined) return undefined;
    const ways = ['where', 'prefix', 'console'].filter((way) => side.values.has(way));
    if (ways.length !== 1) {
      return this.refuse(
        node,
        `${name} needs one of "where: host", "prefix" and "console"`,
        'A prefix is a list of words.',
      );
    }
    const values = this.#values(side.values.get('values'), name);
    if (ways[0] !== 'console') return { ...this.#prefix(side, name), values };
    if (side.values.has('quote'))
      this.refuse(side.values.get('quote'), 'a console is always a shell: leave out "quote"');
    const consoleSide = this.#console(side.values.get('console'), name);
    return consoleSide && { ...consoleSide, values };
  }

  #prefix({ values }: YamlRecord, name: SideName): Omit<PrefixSide, 'values'> {
    const where = values.get('where');
    if (where !== undefined && this.text(where, 'where') !== 'host') {
      this.refuse(where, 'where can only be "host"', 'Give a prefix for another place, for example ["ssh", "guest"].');
    }
    const prefix = (where === undefined && this.#command(values.get('prefix'), `prefix of ${name}`)) || [];
    const quote = values.has('quote') ? this.choice(values.get('quote'), 'quote', QUOTES) : undefined;
    return { kind: 'prefix', prefix, quote: quote ?? defaultQuote(prefix) };
  }

  #console(node: YamlNode, name: SideName): Omit<ConsoleSide, 'values'> | undefined {
    const record = this.record(node, `console of ${name}`, KEYS.console);
    if (record === undefined) return undefined;
    const command = this.#command(this.#required(record, 'command'), 'command');
    const templateNode = record.values.get('template');
    const template = templateNode === undefined ? DEFAULT_TEMPLATE : this.text(templateNode, 'template');
    if (command === undefined || template === undefined) return undefined;
    const fault = templateFault(template);
    if (fault !== undefined) this.refuse(templateNode, fault, `The default is: ${DEFAULT_TEMPLATE}`);
    return { kind: 'console', command, template };
  }

  #values(node: YamlNode, name: SideName): Record<string, string> {
    const entries = node === undefined ? [] : (this.entries(node, `values of ${name}`) ?? []);
    const values: [string, string][] = [];
    for (const { key, keyNode, value } of entries) {
      const isName = /^[A-Za-z]\w*$/.test(key) && `{${key}}` !== FILE_PLACEHOLDER;
      if (!isName) this.refuse(keyNode, 'a name of a value is letters and digits, and not "file"');
      const text = this.text(value, `value ${key}`);
      if (isName && text !== undefined) values.push([key, text]);
    }
    return Object.fromEntries(values);
  }

  #benchmarks(node: YamlNode): PlannedBenchmark[] | undefined {
    const nodes = node && this.list(node, 'benchmarks');
    if (nodes === undefined) return undefined;
    if (nodes.length === 0 || nodes.length > MOST_BENCHMARKS) {
      return this.refuse(node, `there must be 1 to ${MOST_BENCHMARKS} benchmarks`);
    }
    const names = new Set<string>();
    const benchmarks: PlannedBenchmark[] = [];
    for (const item of nodes) {
      const benchmark = this.#benchmark(item);
      if (benchmark === undefined) continue;
      if (names.has(benchmark.name))
        this.refuse(item, `a second benchmark is called ${JSON.stringify(benchmark.name)}`);
      names.add(benchmark.name);
      benchmarks.push(benchmark);
    }
    return benchmarks;
  }

  #benchmark(node: YamlNode): PlannedBenchmark | undefined {
    const record = this.record(node, 'a benchmark', KEYS.benchmark);
    if (record === undefined) return undefined;
    const { values } = record;
    const optional = (key: string) => (values.has(key) ? this.#name(values.get(key), key) : undefined);
    const name = this.#name(this.#required(record, 'name'), 'name');
    const command = this.#commandOf(record);
    const output = optional('output');
    const mechanism = optional('mechanism');
    const choices = [AUTO, WALL_TIME, ...IMPORTERS.map(({ id }) => id)];
    const result = values.has('result') ? this.choice(values.get('result'), 'result', choices) : AUTO;
    const timeoutMs = this.#timeSpan(values.get('timeout'), 'timeout') ?? DEFAULT_TIMEOUT_MS;
    if (name === undefined || command === undefined || result === undefined) return undefined;
    return { name, command, result, ...(output && { output }), ...(mechanism && { mechanism }), timeoutMs };
  }

  #commandOf({ node, values }: YamlRecord): readonly string[] | undefined {
    if (values.has('command') === values.has('shell')) {
      return this.refuse(node, 'a benchmark needs either "command" (a list of words) or "shell" (a line)');
    }
    if (values.has('command')) return this.#command(values.get('command'), 'command');
    const line = this.text(values.get('shell'), 'shell');
    return line === undefined ? undefined : ['sh', '-c', line];
  }

  #command(node: YamlNode, what: string): readonly string[] | undefined {
    const words = node && this.#words(node, what);
    if (words === undefined) return undefined;
    return words.length > 0 && words[0] !== '' ? words : this.refuse(node, `${what} names no program`);
  }

  #words(node: YamlNode, what: string): string[] | undefined {
    const words = this.list(node, what)?.map((item) => this.text(item, `a word of ${what}`));
    return words?.every((word) => word !== undefined) ? words : undefined;
  }

  #name(node: YamlNode, what: string): string | undefined {
    const text = node === undefined ? undefined : this.text(node, what);
    if (text === undefined) return undefined;
    const isFine = text !== '' && text.length <= LONGEST_NAME && !/\p{Cc}/u.test(text);
    return isFine ? text : this.refuse(node, `${what} must be 1 to ${LONGEST_NAME} printable characters`);
  }
}
