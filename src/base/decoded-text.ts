/** UTF-8, or UTF-16 with its mark, as PowerShell redirects output; what is neither becomes replacement characters. */
export function decoded(bytes: Uint8Array): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}
