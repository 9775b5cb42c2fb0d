/** What facts of the host say about a recording of it. */
import type { Issue } from '../base/issue.js';
import type { Glossary } from '../hypervisors/translator.js';
import type { HostPlatform } from '../platform/host/host-platform.js';
import type { Recording } from '../recording/recording.js';
import { otherHost } from './other-host.js';

/** The facts, where they can be those of the host that was recorded; otherwise why not. */
export function hostOf(
  given: HostPlatform | undefined,
  { host, totals }: Pick<Recording, 'host' | 'totals'>,
  { hypervisor, reasons }: Pick<Glossary, 'hypervisor' | 'reasons'>,
): { readonly host: HostPlatform | null; readonly doubt?: Issue } {
  if (given === undefined) return { host: null };
  const vocabularies = vocabulariesOf(reasons);
  const doubt = otherHost(given, { facts: host, hypervisor, vocabularies, pcpus: totals.pcpus });
  return doubt === undefined ? { host: given } : { host: null, doubt };
}

/** To which CPUs the reasons of the exits belong. */
export const vocabulariesOf = ({ list }: Glossary['reasons']): ReadonlySet<string> =>
  new Set(list.map(({ vocabulary }) => vocabulary));

/** pCPUs that can run threads. */
export function onlinePcpus(host: HostPlatform | null): number | undefined {
  const online = host?.pcpus.filter((pcpu) => pcpu.online).length;
  return online === 0 ? undefined : online;
}

/**
 * pCPUs that a thread may run on. Thread numbers mean the same in a recording and in the facts only while the VMMs go on
 * running, so it is for the user to gather them then.
 */
export function affinities(host: HostPlatform | null): (thread: number) => readonly number[] | undefined {
  const threads = host?.vmms.flatMap((vmm) => vmm.threads) ?? [];
  const allowed = new Map(threads.map((thread) => [thread.thread, thread.allowed ?? undefined]));
  return (thread) => allowed.get(thread);
}
