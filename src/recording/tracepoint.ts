/**
 * What the upper layers want to know of a recording: tracepoints by name, and of each a few numeric fields.
 * Where a field lies in a record is never said here: that comes from the recording itself.
 */

/**
 * `number`: one slot, any integer of up to 53 bits (wider ones are rounded to a double);
 * `u64`: two slots, the high and the low 32 bits, for values that need all 64 (kernel addresses).
 */
export type FieldType = 'number' | 'u64';

export interface FieldSpec {
  /**
   * Name in the kernel's format description, with an index for one element of an array ("args[1]"); further names that
   * older or newer kernels use.
   */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: FieldType;
}

/** How one kernel or tool prints a tracepoint: named groups are the fields. */
export interface TextPattern {
  readonly pattern: RegExp;
  /** Fields printed in hexadecimal without 0x. Everything else is decimal, or hexadecimal after 0x. */
  readonly hex?: readonly string[];
  /** Words that stand for numbers, by field. A word that is not here becomes a symbol. */
  readonly words?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Signed fields that are printed without their minus sign. */
  readonly negated?: readonly string[];
  /** Groups that are no fields but add to one, by what their words stand for: the field is printed in parts. */
  readonly parts?: Readonly<Record<string, string>>;
}

export interface TracepointSpec {
  /** System and name as the kernel has them, for example `kvm` and `kvm_exit`. */
  readonly system: string;
  readonly event: string;
  /** Dense number, 1..255: what RecordBatch.kind holds. */
  readonly kind: number;
  readonly fields: readonly FieldSpec[];
  /**
   * Architectures may have different tracepoints of one name. A description with this holds where the tracepoint has the
   * field; the one without it where no other does.
   */
  readonly onlyWith?: string;
  /** Pairs of fields that name a thread: [thread identifier, its name]; readers keep the thread table with them. */
  readonly threadNames?: readonly (readonly [string, string])[];
  /** A pair of fields that names what serves an interrupt: [its number, the name]; readers keep the names with it. */
  readonly interruptName?: readonly [string, string];
  /** A field with a text that a program wrote: a marker. Readers keep it in the totals; of text, the group of this name in the first pattern. */
  readonly markerText?: string;
  /** How it looks in text recordings, tried in order; `name=value` pairs are always understood. */
  readonly text?: readonly TextPattern[];
}

/** The tracepoints that a reader shall deliver; all others it counts by name. */
export type TracepointCatalog = readonly TracepointSpec[];

/** Descriptions by `system:event`; of several of one name those that need a field come first. */
export function specsByName(catalog: TracepointCatalog): ReadonlyMap<string, readonly TracepointSpec[]> {
  const names = new Map<string, TracepointSpec[]>();
  const needyFirst = [...catalog].sort((a, b) => Number(a.onlyWith === undefined) - Number(b.onlyWith === undefined));
  for (const spec of needyFirst) {
    const name = `${spec.system}:${spec.event}`;
    const specs = names.get(name);
    if (specs === undefined) names.set(name, [spec]);
    else specs.push(spec);
  }
  return names;
}

/** Which of the descriptions of one name holds for a tracepoint with these fields. */
export const specFor = (
  specs: readonly TracepointSpec[] | undefined,
  fields: readonly { readonly name: string }[],
): TracepointSpec | undefined =>
  specs?.find(({ onlyWith }) => onlyWith === undefined || fields.some(({ name }) => name === onlyWith));
