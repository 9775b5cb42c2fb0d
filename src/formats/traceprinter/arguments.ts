/** What traceprinter prints after the name of an event: `name:0x1f`, `name = 31`, `intr_id:0x1c(28)`, `STR:"…"`. */
import { EVENT_SHAPES, RowKind } from '../qnx/event-shapes.js';
import { printableText } from '../qnx/text-store.js';

/** A number with the name before it. Bounded, so that text which is none of this costs no more than its length. */
const ARGUMENT = /([A-Za-z_][A-Za-z0-9_]{0,31})[^:=A-Za-z0-9"]{0,4}[:=]\s*(0x[0-9a-fA-F]{1,16}|\d{1,20})/g;
/** Before a name, which is last. */
const NAME = 'name:';
const NUMBER = /0x[0-9a-fA-F]{1,16}|\d{1,20}/;
const HALF_DIGITS = 8;
const WRAP = 2 ** 32;

/** Names that are printed for a field, beside its own. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  reason: ['hw_reason'],
  payload: ['hw_payload'],
  clockcycles_offset: ['cc_offset'],
  guest_ip: ['ip'],
  vcpu_id: ['vcpu', 'num', 'cpu_id'],
  thread: ['pid'],
  word0: ['d0'],
  word1: ['d1'],
  process: ['pid', 'PID'],
  interrupt: ['intr_id', 'intr', 'irq'],
};

/** By kind: the slot of each name, and whether it is wide. */
const SLOTS = EVENT_SHAPES.map(({ fields }) => {
  const slots = new Map<string, { readonly slot: number; readonly isWide: boolean }>();
  let slot = 0;
  for (const [name, width] of fields) {
    for (const spelling of [name, ...(SPELLINGS[name] ?? [])]) slots.set(spelling, { slot, isWide: width === 2 });
    slot += width;
  }
  return slots;
});

/** Kinds of which only the order of the numbers counts, where their names are others than these. */
const BY_ORDER = new Set(
  EVENT_SHAPES.flatMap(({ fields }, index) => (fields.some(([name]) => name === 'word0') ? [index + 1] : [])),
);

/**
 * Writes the numbers of `text` into the slots from `first` on; what is not there stays as it is. Returns whether each was there
 * once at most: otherwise two events have run into one another.
 */
export function readArguments(text: string, kind: number, fields: Float64Array, first: number): boolean {
  const slots = SLOTS[kind - 1];
  const numbers = kind >= RowKind.ProcessName ? text.slice(0, Math.max(0, text.indexOf(NAME))) : text;
  let order = 0;
  let seen = 0;
  let isOnce = true;
  for (const [, name, number] of numbers.matchAll(ARGUMENT)) {
    const place = slots.get(name);
    if (place === undefined) {
      if (BY_ORDER.has(kind) && order < 2) fields[first + order] = numberOf(number);
    } else {
      const bit = 1 << place.slot;
      isOnce &&= (seen & bit) === 0;
      seen |= bit;
      if (place.isWide) writeWide(number, fields, first + place.slot);
      else fields[first + place.slot] = numberOf(number);
    }
    order++;
  }
  return isOnce;
}

/** The first number of a text; NaN where it has none. */
export function firstNumber(text: string): number {
  const found = NUMBER.exec(text);
  return found === null ? NaN : numberOf(found[0]);
}

/** The number after `name`; NaN where it is not there. */
export function numberAfter(text: string, name: string): number {
  const at = text.indexOf(name);
  return at < 0 ? NaN : firstNumber(text.slice(at + name.length, at + name.length + 40));
}

/** The fields of these events have 32 bits. */
function numberOf(text: string): number {
  const value = Number(text);
  return value < WRAP ? value : value % WRAP;
}

function writeWide(text: string, fields: Float64Array, at: number): void {
  if (!text.startsWith('0x')) {
    const value = BigInt.asUintN(64, BigInt(text));
    fields[at] = Number(value >> 32n);
    fields[at + 1] = Number(value & 0xffff_ffffn);
    return;
  }
  const digits = text.slice(2);
  const split = Math.max(0, digits.length - HALF_DIGITS);
  fields[at] = split > 0 ? Number.parseInt(digits.slice(0, split), 16) : 0;
  fields[at + 1] = Number.parseInt(digits.slice(split), 16);
}

/** The text of an event of one of the kinds that have one: a name, or what a program wrote. */
export function textOf(text: string, kind: number, littleEndian: boolean): string {
  if (kind !== RowKind.Text) {
    const at = text.indexOf(NAME);
    return at < 0 ? '' : text.slice(at + NAME.length).trim();
  }
  const quote = text.indexOf('STR:"');
  if (quote >= 0) {
    const start = quote + 'STR:"'.length;
    const end = text.lastIndexOf('"');
    return printableText(text.slice(start, end > start ? end : start));
  }
  return shortText(numberAfter(text, 'd0:'), numberAfter(text, 'd1:'), littleEndian);
}

/** A text of up to eight bytes is printed as two numbers. */
function shortText(first: number, second: number, littleEndian: boolean): string {
  if (Number.isNaN(first) || Number.isNaN(second)) return '';
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, first, littleEndian);
  view.setUint32(4, second, littleEndian);
  return printableText(new TextDecoder().decode(view));
}
