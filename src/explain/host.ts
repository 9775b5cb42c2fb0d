/** What facts of the host say about a recording of it. */
import type { HostPlatform } from '../platform/host/host-platform.js';

/** pCPUs that can run threads. */
export function onlinePcpus(host: HostPlatform | undefined): number | undefined {
  const online = host?.pcpus.filter((pcpu) => pcpu.online).length;
  return online === 0 ? undefined : online;
}

/**
 * pCPUs that a thread may run on. Thread numbers mean the same in a recording and in the facts only while the VMMs go on
 * running, so it is for the user to gather them then.
 */
export function affinities(host: HostPlatform | undefined): (thread: number) => readonly number[] | undefined {
  const threads = host?.vmms.flatMap((vmm) => vmm.threads) ?? [];
  const allowed = new Map(threads.map((thread) => [thread.thread, thread.allowed ?? undefined]));
  return (thread) => allowed.get(thread);
}
