/**
 * A copy of a short text that is going to be kept. Engines make a part of a string by pointing into the whole;
 * keeping a thread's name would then keep the block of the file that it was read from.
 */
export function detached(text: string): string {
  return text.split('').join('');
}
