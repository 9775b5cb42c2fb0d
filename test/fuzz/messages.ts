/** What the campaign and its worker processes tell each other. */

export interface Task {
  readonly campaign: number;
  readonly first: number;
  readonly end: number;
  readonly step: number;
  /** Folder of the corpus. */
  readonly seeds: string;
  /** File for the number of the present input. */
  readonly progress: string;
}

/** A seed as `manifest.json` lists it. */
export interface SeedEntry {
  readonly format: string;
  readonly name: string;
  readonly weight: number;
  readonly file: string;
}

export interface FormatCounts {
  inputs: number;
  opened: number;
  withRecords: number;
  explained: number;
  withLoss: number;
  slowestMs: number;
  /** Number of the slowest input. */
  slowest: number;
}

export interface Failure {
  readonly kind: 'failure';
  readonly number: number;
  readonly what: string;
}

export interface Done {
  readonly kind: 'done';
  readonly counts: [format: string, counts: FormatCounts][];
  /** Memory of the process, bytes: after all sound inputs, and the most it ever had. */
  readonly baseline: number;
  readonly peak: number;
}

export type WorkerMessage = Failure | Done;
