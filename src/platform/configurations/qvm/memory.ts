/** `ram`, `rom` and `reserve` → ranges of guest-physical memory. */
import type { MemoryRange } from '../machine-configuration.js';
import type { Complaints } from './complaints.js';
import { allOf } from './inner-options.js';
import { locationOf } from './locations.js';
import { numberOf } from './numbers.js';
import type { Statement } from './statements.js';
import type { Word } from './words.js';

const PAGE = 4096;
const KINDS: ReadonlyMap<string, MemoryRange['kind']> = new Map([
  ['ram', 'ram'],
  ['rom', 'rom'],
  ['reserve', 'reserved'],
]);

/** Ranges that a statement states; none where it is about something else, or cannot be read. */
export function memoryOf(statement: Statement, complaints: Complaints): readonly MemoryRange[] {
  const kind = KINDS.get(statement.name.text);
  if (kind === undefined) return [];
  const value = statement.values[0];
  const ranges =
    value === undefined
      ? allOf(statement, 'loc').flatMap((loc) => reservedAt(loc.values[0], complaints))
      : rangeOf(value, kind, complaints);
  for (const range of ranges) complainOfParts(range, complaints);
  return ranges;
}

/** "length" or "start,length". */
function rangeOf(word: Word, kind: MemoryRange['kind'], complaints: Complaints): MemoryRange[] {
  const numbers = word.text.split(',').map(numberOf);
  if (numbers.length > 2 || numbers.some((value) => value === undefined)) {
    const octal = word.text.split(',').some((part) => /^0\d/.test(part));
    const hint = octal
      ? 'A number that begins with 0 may be octal: it is written as 0d… or 0x….'
      : 'It is written as [start,]length, for example 0x80000000,512M.';
    complaints.addOfValue('bad-memory', word, 'is no range of memory', hint);
    return [];
  }
  const [start, length] = numbers.length === 2 ? numbers : [null, numbers[0]];
  return [{ kind, start: start ?? null, length: length ?? null, backing: null, place: word.place }];
}

function reservedAt(word: Word | undefined, complaints: Complaints): MemoryRange[] {
  if (word === undefined) return [];
  const location = locationOf(word.text);
  if (location === 'pci') return [];
  if ('fault' in location) {
    complaints.addOfValue('bad-location', word, location.fault);
    return [];
  }
  const { space, start, length } = location;
  return space === 'mmio' ? [{ kind: 'reserved', start, length, backing: null, place: word.place }] : [];
}

function complainOfParts({ start, length, place }: MemoryRange, complaints: Complaints): void {
  const odd = [start, length].filter((value) => value !== null && value % PAGE !== 0);
  if (odd.length === 0) return;
  const values = odd.map((value) => `0x${(value as number).toString(16)}`).join(' and ');
  complaints.add('not-whole-pages', place, `memory comes in pages of 4 KiB, and ${values} is no multiple`, {
    severity: 'warning',
  });
}
