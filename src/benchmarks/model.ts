/**
 * The neutral model of benchmark results: what importers produce and the comparison reads.
 *
 * A *replicate* is one run of the benchmark (one process, one file). What a run measured inside itself, its repetitions,
 * bins and iterations, shows the shape of that run but says nothing about another one: it never counts as a replicate.
 */
import type { Issue } from '../base/issue.js';

export type Better = 'lower' | 'higher';

/** What a series tells about its benchmark; only `primary` ones enter the geometric mean of a suite. */
export type Role = 'primary' | 'tail' | 'secondary';

/** One run of a benchmark. */
export interface Run {
  /** In the unit of the series, in the order in which they were measured; several are repetitions within the run. */
  readonly values: readonly number[];
  /** Which boot of the system (or instance of the VM) it ran in, where that is known. */
  readonly boot?: string;
  /** Which process it ran in, where several runs share one, as with repetitions that a benchmark library makes. */
  readonly process?: string;
  /** When it started, ms since 1970-01-01 UTC on the clock of the system that ran it, where that is known. */
  readonly startedMs?: number;
}

/** All runs of one metric of one benchmark on one side. */
export interface Series {
  /** Untrusted text. With `metric` and `unit` the key by which the two sides are paired; parameters are part of it. */
  readonly benchmark: string;
  /** For example `time`, `throughput`, `latency p99`; untrusted where the file names it. */
  readonly metric: string;
  /** A base unit of units.ts where the file's own unit is known (time is always `ns`), else the file's own word. */
  readonly unit: string;
  readonly better: Better;
  readonly role: Role;
  /** In the order in which they ran. */
  readonly runs: readonly Run[];
  /** How many operations one value is the total of, where it is a total: divides into a cost per operation. */
  readonly operationsPerValue?: number;
  /** What the program calls the benchmark, where `benchmark` has more before it; untrusted. */
  readonly nameOfProgram?: string;
}

/** Properties of the system that ran the benchmarks, as far as a file states them. Texts are untrusted. */
export const FACT_NAMES = [
  'cpus',
  'memoryBytes',
  'cpuModel',
  'cpuMhz',
  'architecture',
  'kernel',
  'operatingSystem',
  'virtualization',
  'clocksource',
  'governor',
  'mitigations',
  'filesystem',
  'compiler',
  'build',
  'tool',
] as const;
export type FactName = (typeof FACT_NAMES)[number];
/** Of a benchmark's program, not of the system: those of different programs say nothing about each other. */
export const PROGRAM_FACTS: readonly FactName[] = ['compiler', 'build', 'tool'];
export type SystemFacts = { readonly [name in FactName]?: string | number };

/** What one file says. */
export interface BenchmarkFile {
  readonly source: string;
  /** Id of the importer that read it. */
  readonly format: string;
  /** Whether it holds the results of both sides; `series` and `facts` are those of the side that was asked for. */
  readonly isOfBothSides?: true;
  readonly series: readonly Series[];
  readonly facts: SystemFacts;
  readonly issues: readonly Issue[];
}
