/**
 * Records of a xentrace file: words of 32 bits in the order of the x86 or ARM host (little-endian).
 *
 * Word 0: the number of the event in bits 0 to 27, how many words of its own it has in bits 28 to 30, and in bit 31 whether a
 * time follows: 64 bits of the CPU's cycle counter, low word first. Then come its own words.
 *
 * Source: Xen, xen/include/public/trace.h.
 */

export const EVENT_MASK = 0x0fff_ffff;
export const EXTRA_SHIFT = 28;
export const EXTRA_MASK = 7;
export const TIME_FLAG = 0x8000_0000;
export const WORD_BYTES = 4;
/** The longest record: its header, a time, and seven words. */
export const LONGEST_RECORD = 10;

/** The next records were written by one pCPU: [its number, how many bytes of them follow]. Written by xentrace itself. */
export const CPU_CHANGE = 0x1f003;
/** All of its header: two words, no time. */
export const CPU_CHANGE_HEADER = ((2 << EXTRA_SHIFT) | CPU_CHANGE) >>> 0;
export const CPU_CHANGE_WORDS = 3;
/** Fills the end of a buffer, where no record fits any more. */
export const WRAP_BUFFER = 0x1f002;
/** [how many, domain | vCPU << 16, time of the first one that was lost: low, high]. Its own time is when recording works again. */
export const LOST_RECORDS = 0x1f001;

/** More than Xen supports (4095 on x86). */
export const MOST_PCPUS = 4096;

/**
 * Events have a class: one bit of bits 16 to 27. All numbers of a class have a range of their own in tables:
 * class × 65,536 + the low 16 bits.
 */
export const EVENT_INDICES = 12 << 16;
const CLASS_SHIFT = 16;
const LOW_BITS = 0xffff;

/** trace, scheduler, domains, HVM, memory, PV, shadow paging, hardware, guests. */
const CLASSES = 0b1000_1111_1111;

/** @returns -1 where no event has that number */
export function indexOfEvent(event: number): number {
  const classBit = event >>> CLASS_SHIFT;
  if (classBit === 0 || (classBit & (classBit - 1)) !== 0 || (classBit & CLASSES) === 0) return -1;
  return ((31 - Math.clz32(classBit)) << CLASS_SHIFT) | (event & LOW_BITS);
}

export const eventOfIndex = (index: number): number =>
  (1 << ((index >>> CLASS_SHIFT) + CLASS_SHIFT)) | (index & LOW_BITS);

/** Words that a record has in all. */
export const wordsOfRecord = (header: number): number =>
  1 + (header >>> 31) * 2 + ((header >>> EXTRA_SHIFT) & EXTRA_MASK);
