/** Options within the context of another. */
import type { ConfiguredOption } from '../machine-configuration.js';
import type { Complaints } from './complaints.js';
import type { Statement } from './statements.js';

export const allOf = ({ inner }: Statement, option: string): readonly Statement[] =>
  inner.filter(({ name }) => name.text === option);

/** Of an option that is written several times qvm uses the last. */
export function lastOf(statement: Statement, option: string, complaints: Complaints): Statement | undefined {
  const all = allOf(statement, option);
  const last = all.at(-1);
  if (all.length > 1) {
    complaints.add('repeated-option', last!.name.place, `${option} is given ${all.length} times: the last one counts`, {
      severity: 'warning',
    });
  }
  return last;
}

export const optionOf = ({ name, values, blob, known }: Statement): ConfiguredOption => ({
  name: blob === null ? name.text : `${blob.text} ${name.text}`,
  values: values.map(({ text }) => text),
  place: (blob ?? name).place,
  known,
});
