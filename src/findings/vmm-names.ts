/** Threads that look like those of a VMM, in recordings that do not tell which process a thread belongs to. */
import type { CulpritRow } from './evidence.js';

/**
 * Names that VMMs give their threads: QEMU's process, its thread pool, I/O threads and vCPUs, vhost, and the VMMs of clouds.
 * "worker" is what QEMU calls those of its thread pool; others use the word too, so nothing here is certain. Linux cuts names
 * after 15 bytes.
 */
const VMM_NAME = /^(?:worker|pool-worker|qemu-(?:system|kvm)|qemu:|kvm$|vhost-|IO |CPU \d+\/|firecracker|cloud-hyper)/;

export const looksLikeVmm = ({ kind, name }: CulpritRow): boolean =>
  (kind === 'process' || kind === 'kernel thread') && VMM_NAME.test(name);
