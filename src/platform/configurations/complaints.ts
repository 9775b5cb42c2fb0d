/** Collects what is wrong in a configuration, each with its place. */
import { IssueLog, type Severity } from '../../base/issue.js';
import { type ConfigurationIssue, type Place, placeText } from './machine-configuration.js';

export interface ComplaintOptions {
  readonly severity?: Severity;
  readonly hint?: string;
}

export class Complaints {
  readonly #issues = new IssueLog();

  add(code: string, place: Place, message: string, { severity = 'error', hint }: ComplaintOptions = {}): void {
    const issue: ConfigurationIssue = {
      code,
      severity,
      message: `${placeText(place)}: ${message}`,
      source: place.source,
      place,
      ...(hint !== undefined && { hint }),
    };
    this.#issues.add(issue);
  }

  /** Of what is kept, but from which nothing is read. */
  note(code: string, place: Place, message: string, hint?: string): void {
    this.add(code, place, message, { severity: 'note', ...(hint !== undefined && { hint }) });
  }

  /** In the order of the text, file after file; what has no place comes last. */
  list(): readonly ConfigurationIssue[] {
    const issues: ConfigurationIssue[] = this.#issues.list();
    const sources = [...new Set(issues.map(({ place }) => place?.source))];
    const rank = ({ place }: ConfigurationIssue) =>
      place === undefined ? [sources.length, 0, 0] : [sources.indexOf(place.source), place.line, place.column];
    return issues.toSorted((a, b) => {
      const [ofA, ofB] = [rank(a), rank(b)];
      return ofA[0] - ofB[0] || ofA[1] - ofB[1] || ofA[2] - ofB[2];
    });
  }
}

/** How much of a wrong text is quoted back. */
const QUOTED = 60;
export const quoted = (text: string): string => (text.length > QUOTED ? `"${text.slice(0, QUOTED)}…"` : `"${text}"`);
