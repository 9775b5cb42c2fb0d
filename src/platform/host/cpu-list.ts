/** Lists of CPUs as Linux writes them: "0-3,8". */

/** Higher numbers are damage (Linux: at most 8,192 CPUs). */
const MOST_CPUS = 8192;

/** The numbers of a list, ascending; none for an empty one, undefined where it is no such list. */
export function parseCpuList(text: string): readonly number[] | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const cpus = new Set<number>();
  for (const part of trimmed.split(',')) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? [];
    if (first === undefined || Number(last) < Number(first) || Number(last) >= MOST_CPUS) return undefined;
    for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
}

/** The shortest form: "0-3,8"; "none" for no CPU. */
export function cpuListText(cpus: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const cpu of cpus) {
    const range = ranges.at(-1);
    if (range !== undefined && cpu === range[1] + 1) range[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  const texts = ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`));
  return texts.length === 0 ? 'none' : texts.join(',');
}
