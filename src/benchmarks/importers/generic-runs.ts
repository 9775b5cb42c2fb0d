/** Runs of the generic formats, whose values come one by one and in any order. */
import { failure, type Result, success } from '../../base/issue.js';
import type { BenchmarkFile, Better, FactName } from '../model.js';
import { SIDE_NAMES, type SideName } from '../running/plan.js';
import type { InputFile } from './importer.js';
import { type Measurement, measurementOf } from './measurement.js';
import type { SeriesBuilder, SeriesDescription } from './series-builder.js';
import { shortName } from './short-name.js';

/** As a file states it; what is undefined is not in the file. */
export interface GenericValues {
  readonly benchmark: string;
  readonly metric: string | undefined;
  readonly unit: string;
  readonly better: Better | undefined;
  /** The word for the side of the comparison that it belongs to. */
  readonly side: string | undefined;
  /** In `unit`. */
  readonly values: readonly number[];
  /** Values of equal runs (in equal boots) belong together; without it each addition is a run of its own. */
  readonly run: string | undefined;
  readonly boot: string | undefined;
  readonly startedMs?: number | undefined;
  readonly operationsPerValue?: number | undefined;
  /** Where it stands, in characters of the file. */
  readonly offset: number;
}

interface Gathered {
  readonly side: SideName | undefined;
  readonly description: SeriesDescription;
  readonly values: number[];
  readonly boot: string | undefined;
  readonly startedMs: number | undefined;
}

/** What a file can call a side; in any case. */
const SIDE_WORDS: ReadonlyMap<string, SideName> = new Map([
  ['native', 'native'],
  ['host', 'native'],
  ['n', 'native'],
  ['vm', 'vm'],
  ['guest', 'vm'],
  ['v', 'vm'],
]);

/** A line that is no JSON takes a hundred times as long as one that is. */
const MOST_DAMAGED = 1000;

export class GenericRuns {
  readonly #builder: SeriesBuilder;
  readonly #runs = new Map<string, Gathered>();
  readonly #file: Pick<InputFile, 'source' | 'text' | 'side'>;
  readonly #facts: { readonly side: SideName | undefined; readonly name: FactName; readonly value: string | number }[] =
    [];
  /** Sides that results are of. */
  readonly #sides = new Set<SideName>();
  #unknownSides = 0;
  #firstUnknown = { word: '', offset: 0 };
  #damaged = 0;
  #firstDamage = 0;
  #isGivenUp = false;

  constructor(builder: SeriesBuilder, file: Pick<InputFile, 'source' | 'text' | 'side'>) {
    this.#builder = builder;
    this.#file = file;
  }

  add(stated: GenericValues): void {
    const side = this.#sideOf(stated);
    if (side === null) return;
    if (side !== undefined) this.#sides.add(side);
    const measured = measurementOf(stated.unit, stated.metric, stated.better);
    if (measured.better === undefined) {
      const why = 'neither their unit nor a field "better" (lower or higher) says which way is better';
      this.#builder.leaveOut('unknown-direction', why, `${measured.metric} in ${stated.unit}`);
      return;
    }
    const description = descriptionOf(stated, { ...measured, better: measured.better });
    const run = stated.run === undefined ? this.#runs.size : [stated.boot, stated.run];
    const key = JSON.stringify([description, run, side]);
    const { boot, startedMs } = stated;
    const gathered = this.#runs.get(key) ?? { side, description, values: [], boot, startedMs };
    this.#runs.set(key, gathered);
    for (const value of stated.values) gathered.values.push(value * measured.factor);
  }

  /** Something at `offset` of the file that cannot be read. */
  damaged(offset: number): void {
    if (this.#damaged === 0) this.#firstDamage = offset;
    this.#damaged++;
  }

  /** Whether so much is damaged that the file cannot be what it was taken for: no more of it need be added. */
  givesUp(): boolean {
    this.#isGivenUp = this.#damaged >= MOST_DAMAGED;
    return this.#isGivenUp;
  }

  /** A fact about the system of a side; the first one counts. */
  addFact(name: FactName, value: string | number | undefined, place: Pick<GenericValues, 'side' | 'offset'>): void {
    const side = this.#sideOf(place);
    const isKnown = this.#facts.some((fact) => fact.name === name && fact.side === side);
    if (side !== null && value !== undefined && !isKnown) this.#facts.push({ side, name, value });
  }

  /**
   * All runs of the side that is asked for, in the order in which they began.
   *
   * Failures: `several-sides` where no side is asked for, `other-side`, `no-results`. Issues: `unknown-side`, `no-side`,
   * `damaged-line`, and those of the builder.
   */
  finish(): Result<BenchmarkFile> {
    const { source, side: asked } = this.#file;
    const [found] = this.#sides;
    if (asked === undefined && this.#sides.size > 1) return severalSides(source);
    if (asked !== undefined && found !== undefined && !this.#sides.has(asked)) return otherSide(source, found, asked);
    this.#addDamage();
    this.#addUnknownSides();
    this.#build(found === undefined ? undefined : (asked ?? found));
    const file = this.#builder.finish();
    return file.ok && this.#sides.size > 1 ? success({ ...file.value, isOfBothSides: true }) : file;
  }

  /** @param wanted undefined where the file knows no sides: then all of it counts */
  #build(wanted: SideName | undefined): void {
    for (const { side, description, values, boot, startedMs } of this.#runs.values()) {
      const known = { ...(boot !== undefined && { boot }), ...(startedMs !== undefined && { startedMs }) };
      if (side === wanted) this.#builder.add(description, { values, ...known });
      else if (side === undefined) {
        this.#builder.leaveOut(
          'no-side',
          'other results of the file say of which side they are',
          description.benchmark,
        );
      }
    }
    // In a file of one side, facts that name none are about that one.
    const isAbout = (side: SideName | undefined) =>
      side === undefined ? this.#sides.size < 2 : wanted === undefined || side === wanted;
    for (const { side, name, value } of this.#facts) {
      if (isAbout(side)) this.#builder.fact(name, value);
      else if (side === undefined) this.#builder.leaveOut('no-side', 'the file holds both sides', `the fact ${name}`);
    }
  }

  /** undefined where none is named; null, and noted, for words that are no side. */
  #sideOf({ side: word, offset }: Pick<GenericValues, 'side' | 'offset'>): SideName | undefined | null {
    if (word === undefined) return undefined;
    const side = SIDE_WORDS.get(word.trim().toLowerCase());
    if (side !== undefined) return side;
    if (this.#unknownSides === 0) this.#firstUnknown = { word, offset };
    this.#unknownSides++;
    return null;
  }

  #addUnknownSides(): void {
    if (this.#unknownSides === 0) return;
    const { word, offset } = this.#firstUnknown;
    const line = this.#file.text.slice(0, offset).split('\n').length;
    const what = this.#unknownSides === 1 ? '1 result is' : `${this.#unknownSides} results are`;
    const message = `${what} left out, because the side is neither native nor vm; the first is "${shortName(word)}" in line ${line}.`;
    const hint = `Words for a side: ${[...SIDE_WORDS.keys()].join(', ')}.`;
    this.#builder.issue({ code: 'unknown-side', severity: 'warning', message, offset, hint });
  }

  #addDamage(): void {
    if (this.#damaged === 0) return;
    const lines = this.#damaged === 1 ? '1 line cannot' : `${this.#damaged} lines cannot`;
    const rest = this.#isGivenUp ? ' What follows was not looked at.' : '';
    const message = `${lines} be read and are left out; the first is at character ${this.#firstDamage}.${rest}`;
    this.#builder.issue({ code: 'damaged-line', severity: 'warning', message, offset: this.#firstDamage });
  }
}

function descriptionOf(stated: GenericValues, measured: Measurement & { readonly better: Better }): SeriesDescription {
  const { metric, unit, better, role } = measured;
  const operations = stated.operationsPerValue;
  const total = operations !== undefined && { operationsPerValue: operations };
  return { benchmark: stated.benchmark, metric, unit, better, role, ...total };
}

const severalSides = (source: string): Result<BenchmarkFile> =>
  failure({
    code: 'several-sides',
    severity: 'error',
    message: `${source} holds results of both sides: ${SIDE_NAMES.join(', ')}.`,
    source,
    hint: 'Say which side is wanted, or write one file per side.',
  });

const SIDE_TITLES: Readonly<Record<SideName, string>> = { native: 'the native side', vm: "the VM's side" };

const otherSide = (source: string, found: SideName, asked: SideName): Result<BenchmarkFile> =>
  failure({
    code: 'other-side',
    severity: 'error',
    message: `${source} is given for ${SIDE_TITLES[asked]}, but says that all its results are of ${SIDE_TITLES[found]}.`,
    source,
    hint: 'The sides may be exchanged.',
  });
