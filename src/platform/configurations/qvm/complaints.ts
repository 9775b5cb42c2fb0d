/** Complaints about qvm configurations, whose values can hold what only qvm knows. */
import { Complaints as AnyComplaints, quoted } from '../complaints.js';
import type { Place } from '../machine-configuration.js';

export { quoted } from '../complaints.js';

/** A word, or several that are one value. */
interface WrittenValue {
  readonly text: string;
  readonly place: Place;
}

const SUBSTITUTION = /\$[a-z_]+\{[^}]*\}/i;

export class Complaints extends AnyComplaints {
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
}
