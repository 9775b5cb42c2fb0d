/** Runs of the generic formats, whose values come one by one and in any order. */
import { failure, type Result } from '../../base/issue.js';
import type { BenchmarkFile, Better } from '../model.js';
import { type Measurement, measurementOf } from './measurement.js';
import type { SeriesBuilder, SeriesDescription } from './series-builder.js';

/** As a file states it; what is undefined is not in the file. */
export interface GenericValues {
  readonly benchmark: string;
  readonly metric: string | undefined;
  readonly unit: string;
  readonly better: Better | undefined;
  /** Which side of the comparison it belongs to: one file holds one. */
  readonly side: string | undefined;
  /** In `unit`. */
  readonly values: readonly number[];
  /** Values of equal runs (in equal boots) belong together; without it each addition is a run of its own. */
  readonly run: string | undefined;
  readonly boot: string | undefined;
  readonly startedMs?: number | undefined;
  readonly operationsPerValue?: number | undefined;
}

interface Gathered {
  readonly description: SeriesDescription;
  readonly values: number[];
  readonly boot: string | undefined;
  readonly startedMs: number | undefined;
}

/** A line that is no JSON takes a hundred times as long as one that is. */
const MOST_DAMAGED = 1000;

export class GenericRuns {
  readonly #builder: SeriesBuilder;
  readonly #runs = new Map<string, Gathered>();
  readonly #sides = new Set<string>();
  #damaged = 0;
  #firstDamage = 0;
  #isGivenUp = false;

  constructor(builder: SeriesBuilder) {
    this.#builder = builder;
  }

  add(stated: GenericValues): void {
    if (stated.side !== undefined) this.#sides.add(stated.side);
    const measured = measurementOf(stated.unit, stated.metric, stated.better);
    if (measured.better === undefined) {
      const why = 'neither their unit nor a field "better" (lower or higher) says which way is better';
      this.#builder.leaveOut('unknown-direction', why, `${measured.metric} in ${stated.unit}`);
      return;
    }
    const description = descriptionOf(stated, { ...measured, better: measured.better });
    const run = stated.run === undefined ? this.#runs.size : [stated.boot, stated.run];
    const key = JSON.stringify([description, run]);
    const gathered = this.#runs.get(key) ?? { description, values: [], boot: stated.boot, startedMs: stated.startedMs };
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

  /** All runs, in the order in which they began; a failure where they belong to several sides. */
  finish(source: string): Result<BenchmarkFile> {
    if (this.#sides.size > 1) return severalSides(source, [...this.#sides]);
    this.#addDamage();
    for (const { description, values, boot, startedMs } of this.#runs.values()) {
      const known = { ...(boot !== undefined && { boot }), ...(startedMs !== undefined && { startedMs }) };
      this.#builder.add(description, { values, ...known });
    }
    return this.#builder.finish();
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

const severalSides = (source: string, sides: readonly string[]): Result<BenchmarkFile> =>
  failure({
    code: 'several-sides',
    severity: 'error',
    message: `${source} holds results of several sides: ${sides.slice(0, 8).join(', ')}.`,
    source,
    hint: 'Write one file per side, and give each to its side of the comparison.',
  });
