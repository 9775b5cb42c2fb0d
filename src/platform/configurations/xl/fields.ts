/** "mac=…,bridge=xenbr0" and "phy:/dev/vg0/disk,xvda,w": fields with names, and by their position. */
import type { ConfiguredOption } from '../machine-configuration.js';
import type { XlScalar } from './syntax.js';

export interface Fields {
  get(name: string): string | undefined;
  has(name: string): boolean;
  readonly options: readonly ConfiguredOption[];
}

/** A flag, wherever it stands. */
const CDROM = 'cdrom';

/**
 * @param positions names of fields that are written without one, in their order
 * @param old what the first field begins with in the form of older releases, which has no second field
 */
export function fieldsOf({ text, place }: XlScalar, positions: readonly string[] = [], old?: RegExp): Fields {
  const values = new Map<string, string>();
  let position = 0;
  const isOld = old?.test(text) === true;
  for (const part of text.split(',').map((written) => written.trim())) {
    if (part === '') {
      position++;
      continue;
    }
    const equals = part.indexOf('=');
    if (equals !== -1) {
      values.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
      continue;
    }
    // "phy:/dev/x,xvda,w" has no format.
    if (isOld && position === 1) position = 2;
    const name = part === CDROM ? undefined : positions[position];
    if (name === undefined) values.set(part, '');
    else if (isOld && position === 0) values.set(name, part.replace(old, ''));
    else values.set(name, part);
    position++;
  }
  const options = [...values].map(([name, value]) => ({
    name,
    values: value === '' ? [] : [value],
    place,
    known: true,
  }));
  return { get: (name) => values.get(name), has: (name) => values.has(name), options };
}
