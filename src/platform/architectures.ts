/** Names of processor architectures, as `uname -m` and the programs that imitate it print them. */

/** The same for programs of 32 and 64 bits, which run on one kernel. */
export function architectureFamily(architecture: string): string {
  if (/^(?:x86_64|amd64|i[3-6]86)$/.test(architecture)) return 'x86';
  return /^(?:aarch64|arm64|arm|armv[78]\w*)$/.test(architecture) ? 'arm' : architecture;
}
