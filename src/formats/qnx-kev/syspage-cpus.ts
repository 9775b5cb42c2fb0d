/** What a system page says about the CPUs and their caches. */
import type { CacheFacts, CpuKind } from '../../recording/recording.js';
import { CACHE_ENTRY, CACHE_HOLDS, CPU_ENTRY, NO_CACHE, SYSPAGE } from '../qnx/syspage-layout.js';
import { MOST_CPUS } from '../qnx/trace-classes.js';
import type { SyspageBytes } from './syspage-bytes.js';

const MOST_CACHES = 255;
/** A chain of caches is no longer; longer ones are damage. */
const MOST_LEVELS = 8;
/** Larger caches are damage. */
const MOST_CACHE_BYTES = 2 ** 36;

/** CPUs that are alike are one kind. */
export function cpuKindsOf(page: SyspageBytes): CpuKind[] {
  const caches = page.elements(SYSPAGE.cacheSection, CACHE_ENTRY.bytes, MOST_CACHES);
  const kinds = new Map<string, CpuKind & { readonly pcpus: number[] }>();
  page.elements(SYSPAGE.cpuSection, CPU_ENTRY.bytes, MOST_CPUS).forEach((at, pcpu) => {
    const megahertz = page.word(at + CPU_ENTRY.megahertz);
    const kind = {
      name: page.string(page.short(at + CPU_ENTRY.name)),
      megahertz: megahertz > 0 ? megahertz : null,
      caches: [CPU_ENTRY.instructionCache, CPU_ENTRY.dataCache]
        .flatMap((first) => chainFrom(page, caches, page.byte(at + first)))
        .filter(({ number }, index, all) => all.findIndex((other) => other.number === number) === index)
        .map(({ facts }) => facts)
        .sort((a, b) => a.level - b.level),
    };
    const key = JSON.stringify(kind);
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, { ...kind, pcpus: [pcpu] });
    else known.pcpus.push(pcpu);
  });
  return [...kinds.values()].filter(
    ({ name, megahertz, caches }) => name !== '' || megahertz !== null || caches.length > 0,
  );
}

/** The cache with this number, and those behind it. */
function chainFrom(
  page: SyspageBytes,
  caches: readonly number[],
  first: number,
): { number: number; facts: CacheFacts }[] {
  const chain: { number: number; facts: CacheFacts }[] = [];
  let number = first;
  for (let level = 1; level <= MOST_LEVELS && number < Math.min(caches.length, NO_CACHE); level++) {
    const facts = cacheAt(page, caches[number], level);
    if (facts === undefined || chain.some((other) => other.number === number)) break;
    chain.push({ number, facts });
    number = page.word(caches[number] + CACHE_ENTRY.next);
  }
  return chain;
}

/** Undefined where it is none. */
function cacheAt(page: SyspageBytes, at: number, level: number): CacheFacts | undefined {
  const lineBytes = page.word(at + CACHE_ENTRY.lineBytes);
  const bytes = lineBytes * page.word(at + CACHE_ENTRY.lines);
  const held = page.word(at + CACHE_ENTRY.flags) & (CACHE_HOLDS.instructions | CACHE_HOLDS.data);
  if (bytes === 0 || bytes > MOST_CACHE_BYTES || held === 0) return undefined;
  const ways = page.short(at + CACHE_ENTRY.ways);
  const holds = held === CACHE_HOLDS.instructions ? 'instructions' : held === CACHE_HOLDS.data ? 'data' : 'both';
  return { level, holds, bytes, lineBytes, ways: ways > 0 ? ways : null };
}
