/** Collects what is wrong in a configuration, each with its place. */
import { IssueLog, type Severity } from '../../../base/issue.js';
import { type ConfigurationIssue, type Place, placeText } from '../machine-configuration.js';

export interface ComplaintOptions {
  readonly severity?: Severity;
  readonly hint?: string;
}

/** A word, or several that are one value. */
interface WrittenValue {
  readonly text: string;
  readonly place: Place;
}

const SUBSTITUTION = /\$[a-z_]+\{[^}]*\}/i;

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

  /**
   * A value cannot be read. Where qvm replaces a part of it at its start, as `$asinfo_start{name}` by an address of the
   * host, nothing is wrong with it: what it will be is not known here.
   */
  addOfValue(code: string, { text, place }: WrittenValue, fault: string, hint?: string): void {
    if (SUBSTITUTION.test(text)) {
      const message = `${quoted(text)} is known only to qvm, which replaces a part of it at its start`;
      this.add('substituted-value', place, message, { severity: 'note' });
    } else {
      this.add(code, place, `${quoted(text)} ${fault}`, hint === undefined ? {} : { hint });
    }
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
