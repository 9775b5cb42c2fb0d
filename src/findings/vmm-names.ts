/** VMMs by the names of their threads, where no configuration tells them. Linux cuts names after 15 bytes. */
import type { CulpritRow, Machine } from './evidence.js';

/**
 * Names that VMMs give their threads: QEMU's process, its thread pool, I/O threads and vCPUs, vhost, and the VMMs of clouds.
 * "worker" is what QEMU calls those of its thread pool; others use the word too, so nothing here is certain.
 */
const VMM_NAME = /^(?:worker|pool-worker|qemu-(?:system|kvm)|qemu:|kvm$|vhost-|IO |CPU \d+\/|firecracker|cloud-hyper)/;

/** For recordings that do not tell which process a thread belongs to. */
export const looksLikeVmm = ({ kind, name }: CulpritRow): boolean =>
  (kind === 'process' || kind === 'kernel thread') && VMM_NAME.test(name);

/** QEMU's vCPUs: with -name debug-threads=on (libvirt's default), or called like its process; "kvm" is that on Proxmox and old hosts. */
const QEMU = /^(?:CPU \d+\/(?:KVM|TCG)|qemu-|qemu:|kvm$)/;

/**
 * Whether a machine on KVM is one of QEMU, by the names of its vCPUs' threads and of its process. Other VMMs call them
 * "fc_vcpu 0" (Firecracker), "vcpu0" (Cloud Hypervisor), "crosvm_vcpu0", "kvm-vcpu-0" (kvmtool).
 * @returns undefined where nothing has a name
 */
export function isQemu({ name, process, vcpus }: Machine): boolean | undefined {
  const names = vcpus.flatMap(({ threadName }) => threadName ?? []);
  if (process !== undefined) names.push(name.replace(/ \(process \d+\)(?:, .*)?$/, ''));
  const known = names.filter((one) => one !== '' && one !== 'VMM');
  return known.length === 0 ? undefined : known.some((one) => QEMU.test(one));
}
