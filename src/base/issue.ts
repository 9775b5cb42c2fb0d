/**
 * Bad input is normal: at the border it becomes an Issue, not an exception.
 * Exceptions are for bugs in vmtoll itself.
 */
export type Severity = 'error' | 'warning' | 'note';

export interface Issue {
  /** Stable identifier in kebab-case, for programs. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence for people: what is wrong, with the numbers. May hold untrusted text: sanitize when printing. */
  readonly message: string;
  /** Name of the input, as the user gave it. */
  readonly source?: string;
  /** Byte offset in the input where the problem is. */
  readonly offset?: number;
  /** What the user can do about it. */
  readonly hint?: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issue: Issue };

export const success = <T>(value: T): Result<T> => ({ ok: true, value });
export const failure = <T = never>(issue: Issue): Result<T> => ({ ok: false, issue });

/** How many issues of one code are kept word for word, unless more are wanted; the rest are counted. */
const KEPT_PER_CODE = 8;

/** Collects issues without growing with the damage: after a few of one code the rest are only counted. */
export class IssueLog {
  readonly #keptPerCode: number;
  readonly #kept: Issue[] = [];
  readonly #counts = new Map<string, number>();

  constructor(keptPerCode = KEPT_PER_CODE) {
    this.#keptPerCode = keptPerCode;
  }

  add(issue: Issue): void {
    const count = (this.#counts.get(issue.code) ?? 0) + 1;
    this.#counts.set(issue.code, count);
    if (count <= this.#keptPerCode) this.#kept.push(issue);
  }

  /** All kept issues in order of arrival, with one summary issue for every code of which some were dropped. */
  list(): Issue[] {
    const issues = [...this.#kept];
    for (const [code, count] of this.#counts) {
      if (count <= this.#keptPerCode) continue;
      const first = issues.find((issue) => issue.code === code);
      const severity = first?.severity ?? 'warning';
      issues.push({ code, severity, message: `${count - this.#keptPerCode} more of the kind "${code}"` });
    }
    return issues;
  }
}
