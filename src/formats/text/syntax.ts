/** What a text format says about its lines; all the rest is the same for all of them. */
import type { IssueLog } from '../../base/issue.js';
import type { HostFacts } from '../../recording/recording.js';
import type { EventLine, LineKind } from './event-line.js';

export interface TextSyntax {
  /** Takes the line apart that is `text` from `start` to `end`. */
  parse(text: string, start: number, end: number, line: EventLine): LineKind;
  /** Learns from a header line. */
  comment(text: string, about: AboutRecording): void;
}

/** What header lines may add to. */
export interface AboutRecording {
  readonly source: string;
  readonly issues: IssueLog;
  readonly host: { -readonly [Fact in keyof HostFacts]: HostFacts[Fact] };
}

export interface TextFormat {
  readonly id: string;
  /** What a recording has to look like, for the message when it does not. */
  readonly shape: string;
  readonly createSyntax: () => TextSyntax;
}
