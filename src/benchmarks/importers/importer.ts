/** What every importer of benchmark results is. */
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import type { SideName } from '../running/plan.js';

export interface InputFile {
  /** As the user gave it, or as the folder listing did; for messages, and for keys where nothing else names the benchmark. */
  readonly source: string;
  readonly text: string;
  /** Which side of a comparison it was given for, where that is known: of a file of both sides only that one's results count. */
  readonly side?: SideName | undefined;
  /** Text of another file of the same folder; undefined where there is none. */
  sibling(name: string): string | undefined;
}

export interface BenchmarkImporter {
  /** Kebab-case, for programs. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** By content, never by file name. Any text, cut anywhere, must be fine: `head` is the first 64 KiB at most. */
  sniff(head: string): boolean;
  /**
   * Everything that the file says, in base units. Damage is a failure with the offset (in characters) where nothing can
   * be used, else an issue of `BenchmarkFile.issues` with what was left out.
   */
  read(file: InputFile): Result<BenchmarkFile>;
}
