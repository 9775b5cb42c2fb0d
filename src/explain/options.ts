/** What of a recording to explain. */

import type { FindingOptions } from '../findings/find.js';
import type { ExitCodes } from '../hypervisors/translator.js';
import type { GivenConfiguration } from '../platform/configurations/assignment.js';
import type { HostPlatform } from '../platform/host/host-platform.js';
import type { BooksOfParts } from './books-of-parts.js';
import type { EpisodeObserver } from './episodes.js';
import type { GivenSymbols } from './functions.js';
import type { Observation } from './reconciliation/observation.js';
import type { SeriesObserver } from './series.js';

export interface ExplainOptions {
  /** Start and end of T in nanoseconds since the first event of the recording. */
  readonly fromNs?: number;
  readonly toNs?: number;
  /** Only the machine with this id or name; only the vCPU with this number. */
  readonly machine?: string;
  readonly vcpu?: number;
  /** Configurations of the machines: they name devices. */
  readonly configurations?: readonly GivenConfiguration[];
  /** Symbols of the guests' kernels: they name the functions that exits come from. */
  readonly symbols?: readonly GivenSymbols[];
  /** What is known of the host beside the recording. */
  readonly host?: HostPlatform;
  /** What the codes of exits are, where the recording may leave that open. */
  readonly exitCodes?: ExitCodes;
  /** Which findings are wanted. */
  readonly findings?: FindingOptions;
  /** Sees what happens in T over time: what `reconcile` needs. */
  readonly observation?: Observation;
  /** Sees how much the books vary within T: what `difference` needs. */
  readonly series?: SeriesObserver;
  /** Sees every segment of every vCPU and pCPU: what a timeline needs. */
  readonly episodes?: EpisodeObserver;
  /** Gets the books of single machines and vCPUs, for whoever asks for them later. */
  readonly parts?: BooksOfParts;
  /** Called now and then with the number of records read so far. */
  readonly onProgress?: (records: number) => void;
}
