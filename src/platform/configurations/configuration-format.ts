/** The contract of a format of machine configurations: one file or folder each, and one line in `registry.ts`. */
import type { Result } from '../../base/issue.js';
import type { MachineConfiguration } from './machine-configuration.js';

export interface ConfigurationFile {
  /** As issues name it. */
  readonly source: string;
  readonly text: string;
}

/**
 * Gives a file that a configuration includes; only who opens files knows where the name leads.
 * @param name as it is written; relative to the file that includes it
 * @param includedBy `source` of that file
 */
export type ReadIncluded = (name: string, includedBy: string) => Result<ConfigurationFile>;

export interface ConfigurationFormat {
  readonly id: string;
  readonly name: string;
  /** Where users find such a file, or how they get it. */
  readonly example: string;
  /** Decides by the text, never by the name of the file. */
  sniff(text: string): boolean;
  /** Never fails: what cannot be understood is an issue of the result. */
  read(file: ConfigurationFile, include: ReadIncluded): MachineConfiguration;
}
