/** Names that a recording gives are kept, so what of them is kept has a bound. */

/** Characters. Linux' names of threads have at most 15 bytes (TASK_COMM_LEN), but text could hold anything. */
export const MAX_NAME = 64;

export const boundedName = (name: string): string => (name.length > MAX_NAME ? shortened(name) : name);

/** Its beginning. An engine would make that by pointing into the whole, and so keep all of it. */
function shortened(name: string): string {
  return Array.from({ length: MAX_NAME }, (_, index) => name[index]).join('');
}
